import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Estimated } from '../model/findings.ts';
import { makeRandom } from '../model/random.ts';
import { studentQuantile, studentTwoSidedP } from './student.ts';

/** Below this many rounds there is no interval: with 3, one odd round decides everything. */
export const MINIMUM_ROUNDS = 4;

/**
 * From this many rounds on the interval is a bootstrap over rounds, below it is Student's. Chosen by simulation
 * (harness/perf/coverage.ts): at 4 to 7 rounds the percentile bootstrap covers 78-88 % instead of 95, the studentised one
 * holds its level but is erratic (at 4 rounds up to 30 times wider than need be), Student's holds its level. From 8 on the
 * studentised bootstrap costs 4-20 % of width and stays closer to its level where rounds are skewed.
 */
export const BOOTSTRAP_ROUNDS = 8;

const RESAMPLES = 1999;

/** What a report says about how its intervals were made. */
export const INTERVAL_METHOD =
  'The unit of repetition is the round. A value is the mean over rounds of the rounds’ own values (for a quantile: of each ' +
  `round’s quantile); its interval is Student’s t over rounds for ${MINIMUM_ROUNDS} to ${BOOTSTRAP_ROUNDS - 1} rounds and a symmetric ` +
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
 * |t*| of every resample, ascending: Hall's symmetric percentile-t (P. Hall, The Bootstrap and Edgeworth Expansion, 1992, 3.6).
 * A resample of one value only has no spread; its |t*| is infinite, which widens the interval and never narrows it.
 */
function resampledStudentized(values: readonly number[], spread: Spread, seed: number): Float64Array {
  const random = makeRandom(seed);
  const deviations = Float64Array.from(values, (value) => value - spread.mean);
  return Float64Array.from({ length: RESAMPLES }, () => studentizedResample(deviations, random)).sort();
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
  if (variance <= 1e-12 * (squares / size)) return Number.POSITIVE_INFINITY;
  return Math.abs(average) / Math.sqrt(variance / size);
}

function criticalValue(values: readonly number[], spread: Spread, { confidence, seed }: IntervalOptions): number {
  if (spread.rounds < BOOTSTRAP_ROUNDS) return studentQuantile(1 - (1 - confidence) / 2, spread.rounds - 1);
  const sorted = resampledStudentized(values, spread, seed);
  return sorted[Math.min(RESAMPLES, Math.ceil(confidence * (RESAMPLES + 1))) - 1] ?? Number.POSITIVE_INFINITY;
}

/** A value with no interval, saying how many rounds are missing for one. */
export function withoutInterval(value: number, rounds: number, confidence: number): Estimated {
  const missingRounds = Math.max(0, MINIMUM_ROUNDS - rounds);
  return { value, low: null, high: null, rounds, confidenceAsked: confidence, confidenceAchieved: null, missingRounds };
}

/** A value with the interval value ± halfWidth. */
export function withInterval(value: number, halfWidth: number, rounds: number, confidence: number): Estimated {
  if (!Number.isFinite(halfWidth)) return withoutInterval(value, rounds, confidence);
  const interval = { low: value - halfWidth, high: value + halfWidth };
  return { value, ...interval, rounds, confidenceAsked: confidence, confidenceAchieved: confidence, missingRounds: 0 };
}

/**
 * Mean over rounds with its interval; one value per round. Throws on an empty sample: a caller without rounds has nothing to say.
 * Assumes that rounds are exchangeable; that holds for differences inside rounds also on a machine that drifts.
 */
export function estimateMean(values: readonly number[], options: IntervalOptions): Estimated {
  if (values.length < MINIMUM_ROUNDS) return withoutInterval(mean([...values]), values.length, options.confidence);
  const spread = measureSpread(values);
  const halfWidth = spread.standardError === 0 ? 0 : criticalValue(values, spread, options) * spread.standardError;
  return withInterval(spread.mean, halfWidth, spread.rounds, options.confidence);
}

/**
 * Two-sided p of "the mean over rounds is 0", dual to `estimateMean`: below 1 − confidence just when that interval excludes 0.
 * 1 with too few rounds.
 */
export function meanTestP(values: readonly number[], seed: number): number {
  if (values.length < MINIMUM_ROUNDS) return 1;
  const spread = measureSpread(values);
  if (spread.standardError === 0) return spread.mean === 0 ? 1 : 0;
  const t = Math.abs(spread.mean) / spread.standardError;
  if (spread.rounds < BOOTSTRAP_ROUNDS) return studentTwoSidedP(t, spread.rounds - 1);
  const atLeast = resampledStudentized(values, spread, seed).reduce((count, one) => count + (one >= t ? 1 : 0), 0);
  return (atLeast + 1) / (RESAMPLES + 1);
}
