import { takeSnapshot } from '../../measure/snapshot.ts';
import { systemLines } from '../../measure/tables/line-source.ts';
import { linesOf } from '../../measure/tables/read-tables.ts';
import { startWireCapture } from '../../measure/wire/capture.ts';
import type { RunningCapture } from '../../measure/wire/running-capture.ts';
import type { CounterDump } from '../../mode/iptables/counters.ts';
import { loadIptablesCounters } from '../../mode/iptables/tables.ts';
import { modeOf } from '../../mode/table.ts';
import type { Snapshot } from '../../model/counters.ts';
import type { LoadSpec, LoadTarget } from '../../model/load.ts';
import type { Mode } from '../../model/mode.ts';
import { readThrottling } from '../../system/throttling.ts';
import type { Instruments } from '../node.ts';
import { OWN_DIRECTORY } from '../own-run.ts';
import type { NodeAddresses } from './addresses.ts';
import { describeTables, inspectKernel } from './inspect.ts';
import type { NetnsLoad } from './load.ts';
import { inNamespace } from './namespaces.ts';
import type { StandUpContext } from './stand-up-context.ts';

/** Looks at one node of the laboratory: its processes are this machine's, its tables are read in its namespace. */
export class NetnsInstruments implements Instruments {
  readonly #context: StandUpContext;
  readonly #place: { readonly mode: Mode; readonly addresses: NodeAddresses; readonly load: NetnsLoad };
  /** `null` on the floor. */
  readonly #proxyPid: number | null;
  #capturePids: readonly number[] = [];

  constructor(
    context: StandUpContext,
    place: { readonly mode: Mode; readonly addresses: NodeAddresses; readonly load: NetnsLoad },
    proxyPid: number | null,
  ) {
    this.#context = context;
    this.#place = place;
    this.#proxyPid = proxyPid;
  }

  async snapshot(): Promise<Snapshot> {
    const { units, nginxPids } = this.#context;
    const counted = (group: 'kube-proxy' | 'nginx' | 'client' | 'capture', pids: readonly number[]) =>
      ({ group, pids, endedChildren: 'count' }) as const;
    const snapshot = takeSnapshot({
      units,
      groups: [
        ...(this.#proxyPid === null ? [] : [counted('kube-proxy', [this.#proxyPid])]),
        counted('nginx', nginxPids),
        counted('client', this.#place.load.pids),
        counted('capture', this.#capturePids),
        { group: 'harness', pids: [process.pid], endedChildren: 'ignore' },
      ],
      nodePid: this.#proxyPid ?? 'self',
    });
    const whole = { ...snapshot, throttling: readThrottling() };
    return this.#proxyPid === null ? { ...whole, conntrack: null } : whole;
  }

  async startCapture(spec: LoadSpec): Promise<RunningCapture> {
    const capture = await startWireCapture({
      commandPrefix: inNamespace(this.#place.addresses.clientNamespace),
      interface: 'eth0',
      directory: OWN_DIRECTORY,
      targets: spec.targets,
      slowness: this.#context.slowness,
      signal: this.#context.runSignal,
    });
    this.#capturePids = [capture.pid];
    return capture;
  }

  ruleCounters(targets: readonly LoadTarget[]): Promise<CounterDump> {
    const { mode, addresses } = this.#place;
    const access = {
      lines: systemLines,
      commandPrefix: inNamespace(addresses.nodeNamespace),
      signal: this.#context.runSignal,
    };
    return loadIptablesCounters(
      linesOf(access),
      modeOf(mode).iptables?.flavour ?? 'nft',
      targets.map((target) => `${target.address}:${target.port}`),
    );
  }

  async readAgain(): Promise<ReturnType<typeof describeTables>> {
    const { mode, addresses } = this.#place;
    const { table, runSignal } = this.#context;
    return describeTables(await inspectKernel({ mode, node: addresses, signal: runSignal }, table), table);
  }
}
