/** The two clocks of a machine. */
export interface Clock {
  /** Never steps; since an arbitrary moment. */
  monotonicMs(): number;
  /** Unix time. */
  wallMs(): number;
}

export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
