import { modeOf } from '../../mode/table.ts';
import type { Snapshot } from '../../model/counters.ts';
import type { LoadSpec } from '../../model/load.ts';
import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import { makeBareNode, NO_PROGRAMMING, type Programming, type StandingNode } from '../../model/target.ts';
import { makeSampleHeader } from '../../store/testing/sample-run.ts';
import { MeasuredNode } from '../../testbed/node.ts';
import type { Testbed, TestbedOptions } from '../../testbed/testbed.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeLoad, type LoadFate } from './fake-load.ts';

const FLOOR: Mode = { id: 'none', routing: { kind: 'none' }, proxyVersion: null };

/** What stands, and what was noted on the way to there. */
type FakeRecord = StandingNode & { readonly programming?: Programming };

/** A load that is about to start: the how manyth of that mode at that size, from 0. */
export interface ComingLoad {
  readonly sizeServices: number;
  readonly modeId: string;
  readonly count: number;
}

/**
 * A laboratory of values alone, for tests of the loop: nodes stand at once, loads take no time but that of its own clock, and tests say what becomes of
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
  recordOf: (node: { readonly modeId: string; readonly standing: number }) => Partial<FakeRecord> = () => ({});

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
    this.calibration = makeFakeNode(laboratory, makeRecord(laboratory, FLOOR, 1), { mode: FLOOR, signal });
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
    return [...this.#laboratory.failures];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#laboratory.isOpen = false;
  }

  #standUp(mode: Mode): MeasuredNode {
    const laboratory = this.#laboratory;
    laboratory.clock.advance(laboratory.standUpMs);
    laboratory.stood.push({ sizeServices: this.#sizeServices, modeId: mode.id });
    const record = makeRecord(laboratory, mode, this.#sizeServices);
    const node = makeFakeNode(laboratory, record, { mode, signal: this.#signal });
    this.#nodes.set(mode.id, node);
    return node;
  }
}

function makeRecord({ recordOf, stood }: FakeLaboratory, mode: Mode, sizeServices: number): FakeRecord {
  const standing = stood.filter(({ modeId }) => modeId === mode.id).length;
  return {
    ...makeBareNode({ sizeServices, modeId: mode.id }, [{ id: 'target-0', address: '10.96.0.1', port: 80 }]),
    proxyMode: modeOf(mode).proxyWord,
    ...recordOf({ modeId: mode.id, standing }),
  };
}

/** Nothing is programmed, changed or asked here but the load. */
function makeFakeNode(
  laboratory: FakeLaboratory,
  { programming = NO_PROGRAMMING, ...standing }: FakeRecord,
  { mode, signal }: { readonly mode: Mode; readonly signal: AbortSignal },
): MeasuredNode {
  const { clock, specs } = laboratory;
  const { sizeServices, modeId } = standing;
  let loads = 0;
  return new MeasuredNode({
    mode,
    standing,
    programming,
    loadTargets: standing.targets.map(({ id, address, port }) => ({ id, address, port })),
    lastChangeMs: 0,
    services: null,
    dataPlane: {
      waitUntilSettled: async () => signal.throwIfAborted(),
      syncsBetween: async () => [],
      takeErrors: () => [],
      syncsByItself: false,
      failure: () => null,
    },
    startLoad: async (spec, onMessage) => {
      signal.throwIfAborted();
      specs.push(spec);
      const fate = laboratory.fateOf({ sizeServices, modeId, count: loads });
      loads += 1;
      const { clientCpuUsPerRequest } = laboratory;
      return new FakeLoad({ spec, fate, clock, clientCpuUsPerRequest, signal, onMessage });
    },
    instruments: { startCapture: async () => null, snapshot: async () => snapshotAt(clock) },
    prober: { answers: async () => null, ping: async () => null },
  });
}

function snapshotAt(clock: FakeClock): Snapshot {
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
