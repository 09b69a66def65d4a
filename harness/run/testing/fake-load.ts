import type { RunningLoad } from '../../load/running-load.ts';
import { encodeHistogram, makeHistogram, recordUs, type StoredHistogram } from '../../model/histogram.ts';
import type { LoadMessage, LoadResult, LoadSpec, TargetLoad } from '../../model/load.ts';
import type { FakeClock } from './fake-clock.ts';

/** What becomes of a load: every request takes so long, or its client is lost in the middle of it. */
export type LoadFate = { readonly medianUs: number } | 'lost';

type Phase = Extract<LoadMessage, { type: 'phase' }>['phase'];
const PHASES: readonly Phase[] = ['warm-up', 'idle', 'load', 'done'];

export interface FakeLoadOptions {
  readonly spec: LoadSpec;
  readonly fate: LoadFate;
  readonly clock: FakeClock;
  readonly clientCpuUsPerRequest: number;
  readonly signal: AbortSignal;
  readonly onMessage: (message: LoadMessage) => void;
}

/** A load whose phases pass as fast as somebody waits for them: the clock moves, and nothing is sent. */
export class FakeLoad implements RunningLoad {
  readonly #options: FakeLoadOptions;
  /** Phases that it has entered. */
  #entered = 0;

  constructor(options: FakeLoadOptions) {
    this.#options = options;
  }

  get result(): Promise<LoadResult> {
    return this.#finish();
  }

  async reached(phase: Phase): Promise<void> {
    while (this.#entered <= PHASES.indexOf(phase)) this.#enter(PHASES[this.#entered] ?? phase);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #enter(phase: Phase): void {
    const { spec, fate, clock, signal, onMessage } = this.#options;
    const before = { 'warm-up': 0, idle: spec.warmUpMs, load: spec.idleMs, done: spec.durationMs };
    clock.advance(before[phase]);
    this.#entered += 1;
    onMessage({ type: 'phase', phase, atMs: clock.wallMs() });
    if (phase === 'load' && fate === 'lost') throw new Error('load client 1 of 1 ended without a result');
    signal.throwIfAborted();
  }

  async #finish(): Promise<LoadResult> {
    await this.reached('done');
    const { spec, fate, clock, clientCpuUsPerRequest } = this.#options;
    if (fate === 'lost') throw new Error('a lost load has no result');
    const requests = Math.round((spec.rateRps * spec.durationMs) / 1000);
    return {
      engine: spec.engine,
      startedAtMs: clock.wallMs() - spec.durationMs,
      endedAtMs: clock.wallMs(),
      requestedRateRps: spec.rateRps,
      achievedRateRps: spec.rateRps,
      durationMs: spec.durationMs,
      targets: spec.targets.map(({ id }) =>
        makeTargetLoad(id, Math.ceil(requests / spec.targets.length), fate.medianUs),
      ),
      lateness: histogramOf(requests, 100),
      otherErrors: {},
      slowConnects: 0,
      synRetransmits: 0,
      segmentRetransmits: 0,
      clientCpuUs: clientCpuUsPerRequest * requests,
      slices: [],
    };
  }
}

function makeTargetLoad(id: string, requests: number, medianUs: number): TargetLoad {
  const all = histogramOf(requests, medianUs);
  return {
    id,
    outcomes: { ok: requests, refused: 0, reset: 0, timedOut: 0, badStatus: 0, wrongBody: 0, failed: 0, unsent: 0 },
    connections: requests,
    backends: { 'backend-1': requests },
    connectionBackends: { 'backend-1': requests },
    times: {
      connect: all,
      firstByte: all,
      total: all,
      connectFromDue: all,
      firstByteFromDue: all,
      totalFromDue: all,
    },
  };
}

function histogramOf(count: number, valueUs: number): StoredHistogram {
  const histogram = makeHistogram();
  for (let index = 0; index < count; index += 1) recordUs(histogram, valueUs);
  return encodeHistogram(histogram);
}
