import { MINIMUM_ROUNDS } from '../../model/rounds.ts';
import { estimateMean, type IntervalOptions } from './interval.ts';

/** The same quantity of two modes in one round, µs. */
export interface RoundPair {
  readonly round: number;
  readonly a: number;
  readonly b: number;
}

/** a − b averaged over rounds; `lowUs` and `highUs` are null below `MINIMUM_ROUNDS` rounds. */
export interface PairedEstimate {
  readonly estimateUs: number;
  readonly lowUs: number | null;
  readonly highUs: number | null;
  readonly rounds: number;
  /** Rounds missing for an interval; 0 when there is one. */
  readonly missingRounds: number;
}

/** Differences a − b, one per round, in the order of the rounds. */
export function pairedDifferences(pairs: readonly RoundPair[]): number[] {
  return pairs.map((pair) => pair.a - pair.b);
}

/** Difference of two modes inside rounds: the machine's drift between rounds cancels. NaN without rounds. */
export function estimatePairedDifference(pairs: readonly RoundPair[], options: IntervalOptions): PairedEstimate {
  if (pairs.length === 0) {
    return { estimateUs: Number.NaN, lowUs: null, highUs: null, rounds: 0, missingRounds: MINIMUM_ROUNDS };
  }
  const { value, low, high, rounds, missingRounds } = estimateMean(pairedDifferences(pairs), options);
  return { estimateUs: value, lowUs: low, highUs: high, rounds, missingRounds };
}
