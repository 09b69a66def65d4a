import type { PairedEstimate } from '../analysis/statistics/paired.ts';
import { type StopRule, shouldStop } from '../analysis/stop.ts';
import type { PlannedBlock, PlannedTrial } from '../model/plan.ts';
import { fitsAnotherRound } from '../plan/budget.ts';

/** What is known of one size when the loop asks what to do next. */
export interface SizeState {
  readonly block: PlannedBlock;
  /** Indexes of the units that the journal holds. */
  readonly done: ReadonlySet<number>;
  /** The paired differences after the last whole round. */
  readonly estimates: readonly PairedEstimate[];
  readonly stop: StopRule;
  readonly clock: SizeClock;
}

/** Readings since the run began, ms. */
interface SizeClock {
  readonly elapsedMs: number;
  /** When this size must leave the rest to the others. */
  readonly deadlineMs: number;
  /** The longest round of this size so far; `null` before the first. */
  readonly roundMs: number | null;
}

export interface UnitToMeasure {
  readonly kind: 'unit';
  readonly unit: PlannedTrial;
  /** In its round, from 0. */
  readonly position: number;
  readonly unitsInRound: number;
}

export interface SizeEnd {
  readonly kind: 'end';
  readonly because: 'narrow-enough' | 'max-rounds' | 'nothing-to-compare' | 'budget-spent';
  /** Rounds whose units are all done. */
  readonly rounds: number;
  readonly widestUs: number | null;
}

/**
 * The next unit of a size, or its end with the reason. A round that has begun is finished, also after a resume: whether the size goes on is asked between
 * rounds alone, so that a run that was broken off and went on takes the units that it would have taken.
 */
export function nextUnit(state: SizeState): UnitToMeasure | SizeEnd {
  const rounds = countWholeRounds(state);
  const next = firstOpenUnit(state, rounds);
  if (next !== null && hasBegun(state, rounds)) return next;
  const end = findEnd(state, rounds);
  if (end !== null) return end;
  if (next === null) throw new Error('the plan has no further round');
  return next;
}

/** Rounds of which every unit is done, from the first on. */
export function countWholeRounds({ block, done }: Pick<SizeState, 'block' | 'done'>): number {
  const open = block.rounds.findIndex((round) => round.trials.some(({ index }) => !done.has(index)));
  return open < 0 ? block.rounds.length : open;
}

function hasBegun({ block, done }: SizeState, round: number): boolean {
  return block.rounds[round]?.trials.some(({ index }) => done.has(index)) === true;
}

function firstOpenUnit({ block, done }: SizeState, round: number): UnitToMeasure | null {
  const trials = block.rounds[round]?.trials ?? [];
  const position = trials.findIndex(({ index }) => !done.has(index));
  const unit = trials[position];
  return unit === undefined ? null : { kind: 'unit', unit, position, unitsInRound: trials.length };
}

function findEnd({ estimates, stop, clock }: SizeState, rounds: number): SizeEnd | null {
  const decision = shouldStop(rounds, estimates, stop);
  const end = { kind: 'end', rounds, widestUs: decision.widestUs } as const;
  if (decision.stop) return { ...end, because: decision.because };
  return fitsAnotherRound({ ...clock, rounds, minRounds: stop.minRounds }) ? null : { ...end, because: 'budget-spent' };
}
