import { expect, test } from 'vitest';
import { makeRandom } from '../../model/random.ts';
import { normal } from '../testing/shapes.ts';
import { BOOTSTRAP_ROUNDS, estimateMean, estimateMeanByStudent, meanTestP } from './interval.ts';

const options = { confidence: 0.95, seed: 7 };

test('with few rounds the interval is Student’s, as by hand', () => {
  // 1 … 5: mean 3, s = √2.5, standard error √0.5, t(0.975, 4) = 2.7764.
  const estimate = estimateMean([1, 2, 3, 4, 5], options);
  expect(estimate.value).toBe(3);
  expect(estimate.low).toBeCloseTo(3 - 2.776445 * Math.SQRT1_2, 5);
  expect(estimate.high).toBeCloseTo(3 + 2.776445 * Math.SQRT1_2, 5);
  expect(estimate).toMatchObject({ rounds: 5, confidenceAsked: 0.95, confidenceAchieved: 0.95, missingRounds: 0 });
});

test('below four rounds there is no interval, and it says how many rounds are missing', () => {
  expect(estimateMean([1, 2], options)).toEqual({
    value: 1.5,
    low: null,
    high: null,
    rounds: 2,
    confidenceAsked: 0.95,
    confidenceAchieved: null,
    missingRounds: 2,
  });
});

test('rounds that are all equal give an interval of no width', () => {
  for (const rounds of [5, 10]) {
    expect(estimateMean(new Array<number>(rounds).fill(20), options)).toMatchObject({ low: 20, high: 20 });
  }
});

test('the same seed gives the same bootstrap interval, and it is near Student’s for even rounds', () => {
  const random = makeRandom(3);
  const values = Array.from({ length: BOOTSTRAP_ROUNDS + 4 }, () => 100 + normal(random));
  const [one, again, student] = [
    estimateMean(values, options),
    estimateMean(values, options),
    estimateMeanByStudent(values, 0.95),
  ];
  expect(one).toEqual(again);
  expect(one).not.toEqual(student);
  const width = (estimate: typeof one) => (estimate.high ?? 0) - (estimate.low ?? 0);
  expect(width(one) / width(student)).toBeGreaterThan(0.8);
  expect(width(one) / width(student)).toBeLessThan(1.4);
});

test('the p of Student’s test is below 1 − confidence just when its interval excludes 0', () => {
  const random = makeRandom(5);
  for (let run = 0; run < 200; run += 1) {
    const values = Array.from({ length: 6 }, () => 1 + normal(random));
    const { low, high } = estimateMeanByStudent(values, 0.95);
    const excludes = (low ?? 0) > 0 || (high ?? 0) < 0;
    expect(meanTestP(values) < 0.05).toBe(excludes);
  }
});
