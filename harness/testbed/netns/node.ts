import type { KubeProxy } from '../../dataplane/kube-proxy/started.ts';
import { InvalidRunError } from '../../errors.ts';
import type { RunningLoad } from '../../load/running-load.ts';
import type { KernelUnits } from '../../measure/auxiliary-vector.ts';
import type { GroupRoots } from '../../measure/process-groups.ts';
import { takeSnapshot } from '../../measure/snapshot.ts';
import type { RunningCapture } from '../../measure/wire/running-capture.ts';
import { modeOf } from '../../mode/table.ts';
import type { Snapshot, Sync } from '../../model/counters.ts';
import type { LoadMessage, LoadSpec, LoadTarget } from '../../model/load.ts';
import type { Mode } from '../../model/mode.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import type { BlockNode } from '../../model/target.ts';
import { readThrottling } from '../../system/throttling.ts';
import { waitFor } from '../../system/wait.ts';
import { STATIC_BODY, STATIC_PATH, UNLIMITED_PATH } from '../backend/nginx.ts';
import type { MeasuredNode } from '../testbed.ts';
import type { NodeAddresses } from './addresses.ts';

/** What a node needs of the laboratory around it. */
export interface NodeTools {
  readonly units: KernelUnits;
  readonly nginxPids: readonly number[];
  readonly signal: AbortSignal;
  startLoad(
    node: NodeAddresses,
    spec: LoadSpec,
    onMessage: (message: LoadMessage) => void,
  ): Promise<RunningLoad & { readonly pids: readonly number[] }>;
  startCapture(node: NodeAddresses, spec: LoadSpec): Promise<RunningCapture & { readonly pid: number }>;
}

/** One mode's node in the netns laboratory, programmed and settled. */
export class NetnsNode implements MeasuredNode {
  readonly mode: Mode;
  readonly loadTargets: readonly LoadTarget[];
  readonly page = { body: STATIC_BODY, path: STATIC_PATH, unlimitedPath: UNLIMITED_PATH };
  readonly record: BlockNode;
  readonly #addresses: NodeAddresses;
  readonly #proxy: KubeProxy | null;
  readonly #tools: NodeTools;
  readonly #lastChangeMs: () => number;
  #clientPids: readonly number[] = [];
  #capturePids: readonly number[] = [];

  constructor(parts: {
    readonly mode: Mode;
    readonly loadTargets: readonly LoadTarget[];
    readonly record: BlockNode;
    readonly addresses: NodeAddresses;
    readonly proxy: KubeProxy | null;
    readonly tools: NodeTools;
    readonly lastChangeMs: () => number;
  }) {
    this.mode = parts.mode;
    this.loadTargets = parts.loadTargets;
    this.record = parts.record;
    this.#addresses = parts.addresses;
    this.#proxy = parts.proxy;
    this.#tools = parts.tools;
    this.#lastChangeMs = parts.lastChangeMs;
  }

  /** Why kube-proxy ended by itself; `null` while it runs. */
  failure(): string | null {
    const process = this.#proxy?.process;
    return process === undefined || process.end === null
      ? null
      : `${process.name} ${process.endText}:\n${process.logTail(5)}`;
  }

  /** Whether its kube-proxy was killed for memory. */
  get killedForMemory(): boolean {
    return this.#proxy?.process.killedForMemory === true;
  }

  async waitUntilSettled(deadlineMs: number): Promise<void> {
    const proxy = this.#proxy;
    if (proxy === null) return;
    await waitFor({
      look: async () => {
        proxy.requireSyncing();
        const why = await proxy.unsettled(this.#lastChangeMs(), this.#tools.signal);
        return why === null ? { holds: true, value: null } : { holds: false, why };
      },
      deadlineMs,
      pauseMs: 50,
      onTimeout: (why) =>
        new InvalidRunError(
          `${this.mode.id} did not settle within ${deadlineMs} ms: ${why}`,
          `read ${proxy.process.logFile}`,
        ),
      signal: this.#tools.signal,
    });
  }

  async startLoad(spec: LoadSpec, onMessage: (message: LoadMessage) => void): Promise<RunningLoad> {
    const load = await this.#tools.startLoad(this.#addresses, spec, onMessage);
    this.#clientPids = load.pids;
    return load;
  }

  async startCapture(spec: LoadSpec): Promise<RunningCapture> {
    const capture = await this.#tools.startCapture(this.#addresses, spec);
    this.#capturePids = [capture.pid];
    return capture;
  }

  async snapshot(): Promise<Snapshot> {
    const proxy = this.#proxy;
    const snapshot = takeSnapshot({
      units: this.#tools.units,
      groups: this.#groups(),
      nodePid: proxy?.process.pid ?? 'self',
    });
    const whole = { ...snapshot, throttling: readThrottling() };
    return proxy === null ? { ...whole, conntrack: null } : whole;
  }

  async syncsBetween(fromWallMs: number, toWallMs: number): Promise<readonly Sync[]> {
    const proxy = this.#proxy;
    if (proxy === null) return [];
    if (modeOf(this.mode).syncsSeenIn === 'metrics') await proxy.metrics(this.#tools.signal);
    return proxy.syncsBetween(fromWallMs, toWallMs);
  }

  takeProxyErrors(): readonly ProxyErrors[] {
    return this.#proxy?.takeErrors() ?? [];
  }

  #groups(): readonly GroupRoots[] {
    const proxyPid = this.#proxy?.process.pid;
    return [
      ...(proxyPid === undefined
        ? []
        : [{ group: 'kube-proxy' as const, pids: [proxyPid], endedChildren: 'count' as const }]),
      { group: 'nginx', pids: this.#tools.nginxPids, endedChildren: 'count' },
      { group: 'client', pids: this.#clientPids, endedChildren: 'count' },
      { group: 'capture', pids: this.#capturePids, endedChildren: 'count' },
      { group: 'harness', pids: [process.pid], endedChildren: 'ignore' },
    ];
  }
}
