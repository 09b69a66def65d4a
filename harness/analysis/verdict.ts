import type { Estimated, Verdict } from '../model/findings.ts';
import { MINIMUM_ROUNDS } from '../model/rounds.ts';
import { studentQuantile } from './statistics/student.ts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly excludesZero: boolean;
}

/** The three verdicts, from an interval and the margin below which a difference does not matter. */
export function judgeDifference({ low, high }: Pick<Estimated, 'low' | 'high'>, margin: number): Judgement {
  if (low === null || high === null) return { verdict: 'unsure', excludesZero: false };
  const excludesZero = low > 0 || high < 0;
  if (low > -margin && high < margin) return { verdict: 'equivalent', excludesZero };
  return { verdict: excludesZero ? 'different' : 'unsure', excludesZero };
}

export interface RoundsQuestion {
  /** The estimate and the standard deviation of one round's value around it, in the same unit as the margin. */
  readonly value: number;
  readonly standardDeviation: number;
  readonly rounds: number;
  readonly margin: number;
  readonly confidence: number;
}

const MOST_ROUNDS = 10_000;

/**
 * Rounds still needed for a verdict, should estimate and spread stay as they are: the smallest n with
 * t(1 − α/2, n − 1) · s / √n < h (NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.2.2), where h is the half width that
 * settles it, the easier of "excludes 0" (|d|) and "inside the margin" (margin − |d|). `null` beyond 10,000 rounds.
 */
export function roundsStillNeeded(question: RoundsQuestion): number | null {
  const distance = Math.abs(question.value);
  const halfWidth = Math.max(distance, question.margin - distance);
  for (let rounds = Math.max(MINIMUM_ROUNDS, question.rounds + 1); rounds <= MOST_ROUNDS; rounds += 1) {
    const critical = studentQuantile(1 - (1 - question.confidence) / 2, rounds - 1);
    if ((critical * question.standardDeviation) / Math.sqrt(rounds) < halfWidth) return rounds - question.rounds;
  }
  return null;
}
