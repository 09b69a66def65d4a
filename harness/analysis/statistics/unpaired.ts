import { mean, sampleVariance } from 'simple-statistics';
import type { Estimated } from '../../model/findings.ts';
import { MINIMUM_ROUNDS } from '../../model/rounds.ts';
import { withInterval, withoutInterval } from './interval.ts';
import { studentQuantile } from './student.ts';

/** One term of a weighted sum of independent means: its weight and its sample of rounds. */
export interface WeightedSample {
  readonly weight: number;
  readonly values: readonly number[];
}

/**
 * Σ weight · mean(values) with its interval, the samples being independent of each other. Welch's t with the degrees of
 * freedom of Satterthwaite (Biometrics Bulletin 2, 1946). Differences of two runs, growth between sizes and slopes over sizes
 * are all of this form. `rounds` of the result is the smallest sample's.
 */
export function estimateWeightedSum(samples: readonly WeightedSample[], confidence: number): Estimated {
  const value = samples.reduce((sum, { weight, values }) => sum + weight * mean([...values]), 0);
  const rounds = Math.min(...samples.map(({ values }) => values.length));
  if (rounds < MINIMUM_ROUNDS) return withoutInterval(value, rounds, confidence);
  const variances = samples.map(({ weight, values }) => (weight ** 2 * sampleVariance([...values])) / values.length);
  const variance = variances.reduce((sum, one) => sum + one, 0);
  if (variance === 0) return withInterval(value, [value, value], rounds, confidence);
  const denominator = variances.reduce((sum, one, at) => sum + one ** 2 / ((samples[at]?.values.length ?? 2) - 1), 0);
  const critical = studentQuantile(1 - (1 - confidence) / 2, variance ** 2 / denominator);
  const halfWidth = critical * Math.sqrt(variance);
  return withInterval(value, [value - halfWidth, value + halfWidth], rounds, confidence);
}

/** mean(a) − mean(b) of two independent samples of rounds. */
export function estimateUnpairedDifference(a: readonly number[], b: readonly number[], confidence: number): Estimated {
  return estimateWeightedSum(
    [
      { weight: 1, values: a },
      { weight: -1, values: b },
    ],
    confidence,
  );
}
