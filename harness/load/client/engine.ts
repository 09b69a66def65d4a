import type { LoadSpec } from '../../model/load.ts';
import type { LoadTally } from './tally.ts';

/** The monotonic clock of the load client, in µs with ns resolution. */
export type ClockUs = () => number;

/** One stretch of load to generate. */
export interface Stretch {
  /** When its time 0 is, µs of the clock; it may lie a little in the past. */
  readonly startUs: number;
  readonly durationMs: number;
  readonly seed: number;
  /** Where it is counted; `null` for the warm-up, which is counted nowhere. */
  readonly tally: LoadTally | null;
}

export interface StretchEnd {
  /** From its start until the last request that could be sent was sent, at least its duration. Draining comes after. */
  readonly sendingMs: number;
}

/** An engine at work on one specification: the stretches of one trial share its connections. */
export interface EngineSession {
  /** Generates a stretch; resolves when it is over and no request is in flight any more. */
  run(stretch: Stretch): Promise<StretchEnd>;
  close(): void;
}

/** A way to generate load. A new one is one file that exports one of these, and one line in engines.ts. */
export interface LoadEngine {
  /** Why this engine must not do what the specification asks, with what to do instead; `null` when it can. */
  refusal(spec: LoadSpec): { readonly message: string; readonly remedy: string } | null;
  open(spec: LoadSpec, clockUs: ClockUs): EngineSession;
}
