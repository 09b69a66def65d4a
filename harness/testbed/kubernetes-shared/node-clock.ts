/** The wall clock of a node, asked anew: Unix ms. */
export type ReadNodeClock = () => Promise<number>;

const QUESTIONS = 3;

export interface ClockAnswer {
  /** What the other clock said, Unix ms. */
  readonly wallMs: number;
  /** Between which moments of this machine's monotonic clock it said so, ms. */
  readonly askedMs: number;
  readonly answeredMs: number;
}

/** Asks a clock some times and gives the answer that came fastest. */
export async function askClock(read: ReadNodeClock, questions = QUESTIONS): Promise<ClockAnswer> {
  const answers: ClockAnswer[] = [];
  for (let question = 0; question < questions; question += 1) {
    const askedMs = performance.now();
    answers.push({ wallMs: await read(), askedMs, answeredMs: performance.now() });
  }
  return answers.reduce((best, one) => (tripMs(one) < tripMs(best) ? one : best));
}

function tripMs({ askedMs, answeredMs }: ClockAnswer): number {
  return answeredMs - askedMs;
}

/**
 * What the node's clock said at a moment of this machine's monotonic clock, at the earliest: as much before as the asking leaves open, so that an event of the node that came after the
 * moment never seems to come before it. Neither this machine's wall clock nor the size of the difference matters. Pure.
 */
export function earliestNodeTimeMs(atMs: number, { wallMs, answeredMs }: ClockAnswer): number {
  return wallMs - (answeredMs - atMs);
}

/** How far a clock is ahead of this machine's, and how far that can be wrong, ms. `ownWallMs`: what this machine's wall clock says at `answeredMs`. Pure. */
export function clockOffset(
  { wallMs, askedMs, answeredMs }: ClockAnswer,
  ownWallMs: number,
): { readonly offsetMs: number; readonly uncertaintyMs: number } {
  const uncertaintyMs = (answeredMs - askedMs) / 2;
  return { offsetMs: wallMs - (ownWallMs - uncertaintyMs), uncertaintyMs };
}
