import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Estimated } from '../../model/findings.ts';
import { makeRandom } from '../../model/random.ts';
import { MINIMUM_ROUNDS } from '../../model/rounds.ts';
import { studentQuantile, studentTwoSidedP } from './student.ts';

/**
 * From this many rounds on the interval is a bootstrap over rounds, below it is Student's. Chosen by simulation
 * (harness/perf/coverage.ts): at 4 to 7 rounds the percentile bootstrap covers 78-88 % instead of 95, and the studentised one
 * is erratic (at 4 rounds up to 30 times wider than need be), while Student's holds its level. From 8 on the studentised
 * bootstrap holds it too, costs 4-10 % of width, and stays closer to it where rounds are skewed. Its symmetric variant was
 * rejected: 96-98 % where 95 is asked.
 */
export const BOOTSTRAP_ROUNDS = 8;

const RESAMPLES = 999;

/** What a report says about how its intervals were made. */
export const INTERVAL_METHOD =
  'The unit of repetition is the round. A value is the mean over rounds of the rounds’ own values (for a quantile: of each ' +
  `round’s quantile); its interval is Student’s t over rounds for ${MINIMUM_ROUNDS} to ${BOOTSTRAP_ROUNDS - 1} rounds and a ` +
  `studentised bootstrap over rounds (${RESAMPLES} resamples, seeded) from ${BOOTSTRAP_ROUNDS} on. With fewer than ${MINIMUM_ROUNDS} rounds no interval is given.`;

export interface IntervalOptions {
  /** For example 0.95. */
  readonly confidence: number;
  readonly seed: number;
}

/** Mean, standard error and the critical value's source for one sample of rounds. */
interface Spread {
  readonly rounds: number;
  readonly mean: number;
  readonly standardError: number;
}

function measureSpread(values: readonly number[]): Spread {
  const sample = [...values];
  return {
    rounds: sample.length,
    mean: mean(sample),
    standardError: sampleStandardDeviation(sample) / Math.sqrt(sample.length),
  };
}

/**
 * t* of every resample, ascending: the percentile-t of Efron and Tibshirani, An Introduction to the Bootstrap (1993), 12.5.
 * A resample of one value only has no spread; its t* is infinite, which widens the interval and never narrows it.
 */
function resampledStudentized(values: readonly number[], spread: Spread, seed: number): Float64Array {
  const random = makeRandom(seed);
  const deviations = Float64Array.from(values, (value) => value - spread.mean);
  const resampled = new Float64Array(RESAMPLES);
  for (let at = 0; at < RESAMPLES; at += 1) resampled[at] = studentizedResample(deviations, random);
  return resampled.sort();
}

function studentizedResample(deviations: Float64Array, random: () => number): number {
  const size = deviations.length;
  let sum = 0;
  let squares = 0;
  for (let draw = 0; draw < size; draw += 1) {
    const value = deviations[Math.floor(random() * size)] ?? 0;
    sum += value;
    squares += value * value;
  }
  const average = sum / size;
  const variance = (squares - size * average * average) / (size - 1);
  // 1e-12: rounding of equal values must not pass for a spread.
  if (variance <= 1e-12 * (squares / size)) return average * Number.POSITIVE_INFINITY || 0;
  return average / Math.sqrt(variance / size);
}

/** The two values of t between which the interval's share of it lies: low and high in units of the standard error. */
function criticalValues(
  values: readonly number[],
  spread: Spread,
  { confidence, seed }: IntervalOptions,
): [number, number] {
  const tail = (1 - confidence) / 2;
  if (spread.rounds < BOOTSTRAP_ROUNDS) {
    const critical = studentQuantile(1 - tail, spread.rounds - 1);
    return [critical, critical];
  }
  const sorted = resampledStudentized(values, spread, seed);
  // With 999 resamples the k-th smallest is the k/1,000 quantile.
  const rank = Math.max(1, Math.floor(tail * (RESAMPLES + 1) + 1e-9));
  return [sorted[RESAMPLES - rank] ?? Number.POSITIVE_INFINITY, -(sorted[rank - 1] ?? Number.NEGATIVE_INFINITY)];
}

/** A value with no interval, saying how many rounds are missing for one. */
export function withoutInterval(value: number, rounds: number, confidence: number): Estimated {
  const missingRounds = Math.max(0, MINIMUM_ROUNDS - rounds);
  return { value, low: null, high: null, rounds, confidenceAsked: confidence, confidenceAchieved: null, missingRounds };
}

/** A value with the interval low … high, given at the confidence asked for; without one when an end is not finite. */
export function withInterval(
  value: number,
  [low, high]: readonly [number, number],
  rounds: number,
  confidence: number,
): Estimated {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return withoutInterval(value, rounds, confidence);
  return { value, low, high, rounds, confidenceAsked: confidence, confidenceAchieved: confidence, missingRounds: 0 };
}

/**
 * Mean over rounds with its interval; one value per round. Throws on an empty sample: a caller without rounds has nothing to say.
 * Assumes that rounds are exchangeable; that holds for differences inside rounds also on a machine that drifts.
 */
export function estimateMean(values: readonly number[], options: IntervalOptions): Estimated {
  if (values.length < MINIMUM_ROUNDS) return withoutInterval(mean([...values]), values.length, options.confidence);
  const spread = measureSpread(values);
  return withInterval(spread.mean, intervalOf(values, spread, options), spread.rounds, options.confidence);
}

function intervalOf(values: readonly number[], spread: Spread, options: IntervalOptions): [number, number] {
  if (spread.standardError === 0) return [spread.mean, spread.mean];
  const [down, up] = criticalValues(values, spread, options);
  return [spread.mean - down * spread.standardError, spread.mean + up * spread.standardError];
}

/**
 * Mean over rounds with Student's interval, whatever the number of rounds: for the far levels at which a family of comparisons
 * is tested. A bootstrap of a dozen rounds has no tails that far out; its last resamples there are nearly all of one value.
 */
export function estimateMeanByStudent(values: readonly number[], confidence: number): Estimated {
  if (values.length < MINIMUM_ROUNDS) return withoutInterval(mean([...values]), values.length, confidence);
  const spread = measureSpread(values);
  const halfWidth = studentQuantile(1 - (1 - confidence) / 2, spread.rounds - 1) * spread.standardError;
  return withInterval(spread.mean, [spread.mean - halfWidth, spread.mean + halfWidth], spread.rounds, confidence);
}

/**
 * Two-sided p of "the mean over rounds is 0", dual to `estimateMeanByStudent`: below 1 − confidence just when that interval excludes 0.
 * 1 with too few rounds.
 */
export function meanTestP(values: readonly number[]): number {
  if (values.length < MINIMUM_ROUNDS) return 1;
  const spread = measureSpread(values);
  if (spread.standardError === 0) return spread.mean === 0 ? 1 : 0;
  return studentTwoSidedP(spread.mean / spread.standardError, spread.rounds - 1);
}
