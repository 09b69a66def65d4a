/** Where a run is in its time, in ms since its start. */
export interface BudgetState {
  readonly elapsedMs: number;
  readonly budgetMs: number;
  /** Sizes that are not finished, the present one included. */
  readonly sizesLeft: number;
}

/** Elapsed time at which the present size must leave the rest to the others: what is left is shared in equal parts. */
export function blockDeadlineMs({ elapsedMs, budgetMs, sizesLeft }: BudgetState): number {
  return elapsedMs + Math.max(0, budgetMs - elapsedMs) / Math.max(1, sizesLeft);
}

/**
 * Does one more round end before the deadline? The least number of rounds is taken in any case: a run that says nothing has wasted all of
 * its time, one that is late only some. `roundMs` is the longest round so far (`null` before the first).
 */
export function fitsAnotherRound(state: {
  readonly elapsedMs: number;
  readonly deadlineMs: number;
  readonly rounds: number;
  readonly minRounds: number;
  readonly roundMs: number | null;
}): boolean {
  if (state.rounds < state.minRounds) return true;
  return state.elapsedMs + (state.roundMs ?? 0) <= state.deadlineMs;
}

/**
 * Rounds that a size will have taken when its widest interval is as narrow as asked. An interval narrows with the root of the rounds, so
 * that takes rounds × (width now / width wanted)²; before there is an interval the least number is expected.
 */
export function expectRounds(state: {
  readonly rounds: number;
  readonly minRounds: number;
  readonly maxRounds: number;
  readonly widestUs: number | null;
  readonly halfWidthUs: number;
}): number {
  const { rounds, minRounds, maxRounds, widestUs, halfWidthUs } = state;
  const wanted = widestUs === null ? minRounds : Math.ceil(rounds * (widestUs / halfWidthUs) ** 2);
  return Math.min(maxRounds, Math.max(minRounds, rounds, wanted));
}

/** Time that the run has yet to go, as it looks now: no promise. Sizes to come are taken to need what the present one needs. */
export function expectTimeLeftMs(
  state: BudgetState & {
    readonly rounds: number;
    readonly expectedRounds: number;
    readonly roundMs: number;
    /** Standing up one size, as it was last. */
    readonly setUpMs: number;
  },
): number {
  const { rounds, expectedRounds, roundMs, setUpMs, sizesLeft } = state;
  const here = Math.max(0, expectedRounds - rounds) * roundMs;
  const toCome = Math.max(0, sizesLeft - 1) * (setUpMs + expectedRounds * roundMs);
  return Math.min(here + toCome, Math.max(here === 0 ? 0 : roundMs, state.budgetMs - state.elapsedMs));
}

/** A size whose turn comes when the time is up has its least rounds all the same, and needs to stand for them. */
const LEAST_STAND_UP_MS = 60_000;

/** How long a size may take to stand up: to the end of the budget, and not less than a minute. */
export function standUpTimeMs({ elapsedMs, budgetMs }: Pick<BudgetState, 'elapsedMs' | 'budgetMs'>): number {
  return Math.max(LEAST_STAND_UP_MS, budgetMs - elapsedMs);
}
