/** One instant by both clocks. */
export interface Clocks {
  /** CLOCK_MONOTONIC, ms: the same for every process of a machine (time_namespaces(7) apart), and nothing sets it. */
  readonly monotonicMs: number;
  /** Unix ms, read again each time: what a process remembers of its start (performance.timeOrigin) is wrong once the clock has been set. */
  readonly wallMs: number;
}

/** An instant to come, by the clock that both sides can read. */
export type StartAt =
  | { readonly clock: 'monotonic'; readonly atMs: number }
  | { readonly clock: 'wall'; readonly atMs: number };

export function readClocks(): Clocks {
  return { monotonicMs: Number(process.hrtime.bigint()) / 1e6, wallMs: Date.now() };
}

/** How long it is until then, by the clock that it is given in; 0 when it is past. */
export function waitMs(start: StartAt, now: Clocks = readClocks()): number {
  return Math.max(0, start.atMs - (start.clock === 'monotonic' ? now.monotonicMs : now.wallMs));
}
