import { modeOf } from '../../mode/table.ts';
import type { Snapshot } from '../../model/counters.ts';
import type { LoadMessage, LoadSpec } from '../../model/load.ts';
import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import { type BlockNode, makeBareNode } from '../../model/target.ts';
import { makeSampleHeader } from '../../store/testing/sample-run.ts';
import type { MeasuredNode, Testbed, TestbedOptions } from '../../testbed/testbed.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeLoad, type LoadFate } from './fake-load.ts';

const FLOOR: Mode = { id: 'none', routing: { kind: 'none' }, proxyVersion: null };

/** A load that is about to start: the how manyth of that mode at that size, from 0. */
export interface ComingLoad {
  readonly sizeServices: number;
  readonly modeId: string;
  readonly count: number;
}

/**
 * A laboratory that stands on nothing, for tests of the loop: nodes stand at once, loads take no time but that of its own clock, and tests say what becomes of
 * them. testbed-contract.ts holds it to the real one.
 */
export class FakeLaboratory {
  readonly clock = new FakeClock();
  environment: Environment = makeSampleHeader().environment;
  /** Nodes in the order in which they stood up. */
  readonly stood: { readonly sizeServices: number; readonly modeId: string }[] = [];
  readonly specs: LoadSpec[] = [];
  /** What ended by itself. */
  readonly failures: Reason[] = [];
  clientCpuUsPerRequest = 100;
  /** How long a node takes to stand up. */
  standUpMs = 0;
  isOpen = false;
  fateOf: (load: ComingLoad) => LoadFate = () => ({ medianUs: 100 });
  /** Laid over the record of a node; `standing` counts from 1. */
  recordOf: (node: { readonly modeId: string; readonly standing: number }) => Partial<BlockNode> = () => ({});

  readonly open = async (options: TestbedOptions, signal: AbortSignal): Promise<Testbed> => {
    signal.throwIfAborted();
    this.isOpen = true;
    return new FakeTestbed(this, options, signal);
  };
}

class FakeTestbed implements Testbed {
  readonly name = 'netns';
  readonly environment: Environment;
  readonly limits: readonly Reason[] = [];
  readonly calibration: MeasuredNode;
  readonly #laboratory: FakeLaboratory;
  readonly #options: TestbedOptions;
  readonly #signal: AbortSignal;
  #sizeServices = 0;
  readonly #nodes = new Map<string, MeasuredNode>();

  constructor(laboratory: FakeLaboratory, options: TestbedOptions, signal: AbortSignal) {
    this.#laboratory = laboratory;
    this.#options = options;
    this.#signal = signal;
    this.environment = laboratory.environment;
    this.calibration = new FakeNode(laboratory, makeRecord(laboratory, FLOOR, 1), { mode: FLOOR, signal });
  }

  async node(sizeServices: number, modeId: string, signal: AbortSignal): Promise<MeasuredNode> {
    const mode = this.#options.modes.find(({ id }) => id === modeId);
    if (mode === undefined) throw new Error(`no mode is called ${modeId}`);
    if (sizeServices !== this.#sizeServices) this.#nodes.clear();
    this.#sizeServices = sizeServices;
    const stands = this.#nodes.get(modeId);
    if (stands !== undefined) return stands;
    signal.throwIfAborted();
    if (this.#options.standing === 'one-at-a-time') this.#nodes.clear();
    return this.#standUp(mode);
  }

  failures(): readonly Reason[] {
    return this.#laboratory.failures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#laboratory.isOpen = false;
  }

  #standUp(mode: Mode): MeasuredNode {
    const laboratory = this.#laboratory;
    laboratory.clock.advance(laboratory.standUpMs);
    laboratory.stood.push({ sizeServices: this.#sizeServices, modeId: mode.id });
    const record = makeRecord(laboratory, mode, this.#sizeServices);
    const node = new FakeNode(laboratory, record, { mode, signal: this.#signal });
    this.#nodes.set(mode.id, node);
    return node;
  }
}

function makeRecord({ recordOf, stood }: FakeLaboratory, mode: Mode, sizeServices: number): BlockNode {
  const standing = stood.filter(({ modeId }) => modeId === mode.id).length;
  return {
    ...makeBareNode({ sizeServices, modeId: mode.id }, [{ id: 'target-0', address: '10.96.0.1', port: 80 }]),
    proxyMode: modeOf(mode).proxyWord,
    ...recordOf({ modeId: mode.id, standing }),
  };
}

class FakeNode implements MeasuredNode {
  readonly mode: Mode;
  readonly record: BlockNode;
  readonly page = { body: 'ok', path: '/', unlimitedPath: '/unlimited' };
  readonly #laboratory: FakeLaboratory;
  readonly #signal: AbortSignal;
  #loads = 0;

  constructor(
    laboratory: FakeLaboratory,
    record: BlockNode,
    { mode, signal }: { readonly mode: Mode; readonly signal: AbortSignal },
  ) {
    this.#laboratory = laboratory;
    this.#signal = signal;
    this.mode = mode;
    this.record = record;
  }

  get loadTargets() {
    return this.record.targets.map(({ id, address, port }) => ({ id, address, port }));
  }

  async waitUntilSettled(): Promise<void> {
    this.#signal.throwIfAborted();
  }

  async startLoad(spec: LoadSpec, onMessage: (message: LoadMessage) => void): Promise<FakeLoad> {
    const { clock, clientCpuUsPerRequest, fateOf, specs } = this.#laboratory;
    this.#signal.throwIfAborted();
    specs.push(spec);
    const { sizeServices, modeId } = this.record;
    const fate = fateOf({ sizeServices, modeId, count: this.#loads });
    this.#loads += 1;
    return new FakeLoad({ spec, fate, clock, clientCpuUsPerRequest, signal: this.#signal, onMessage });
  }

  async startCapture(): Promise<null> {
    return null;
  }

  async snapshot(): Promise<Snapshot> {
    const { clock } = this.#laboratory;
    const seconds = clock.monotonicMs() / 1000;
    return {
      wallMs: clock.wallMs(),
      monotonicMs: clock.monotonicMs(),
      cpu: { userS: seconds, systemS: 0, irqS: 0, softirqS: 0, stealS: 0, idleS: seconds },
      groups: {},
      conntrack: null,
      availableMemoryBytes: 1e9,
    };
  }

  async syncsBetween() {
    return [];
  }

  takeProxyErrors() {
    return [];
  }
}
