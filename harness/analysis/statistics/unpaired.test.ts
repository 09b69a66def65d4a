import { expect, test } from 'vitest';
import { makeRandom } from '../../model/random.ts';
import { normal } from '../testing/shapes.ts';
import { estimateUnpairedDifference, estimateWeightedSum } from './unpaired.ts';

test('two samples of equal size and spread give the pooled interval, as by hand', () => {
  // Both variances 2.5, n = 5: standard error 1, 8 degrees of freedom, t = 2.3060.
  const estimate = estimateUnpairedDifference([11, 12, 13, 14, 15], [1, 2, 3, 4, 5], 0.95);
  expect(estimate.value).toBe(10);
  expect(estimate.low).toBeCloseTo(10 - 2.306, 3);
  expect(estimate.high).toBeCloseTo(10 + 2.306, 3);
});

test('too few rounds on one side give no interval', () => {
  expect(estimateUnpairedDifference([1, 2, 3, 4], [1, 2], 0.95)).toMatchObject({
    low: null,
    rounds: 2,
    missingRounds: 2,
  });
});

test('intervals of growth hold the truth 93 to 97 times in 100 when both sides differ in spread and in rounds', () => {
  const random = makeRandom(99);
  let held = 0;
  const runs = 3000;
  for (let run = 0; run < runs; run += 1) {
    const a = Array.from({ length: 5 }, () => 30 + 3 * normal(random));
    const b = Array.from({ length: 8 }, () => 20 + normal(random));
    const { low, high } = estimateWeightedSum(
      [
        { weight: 2, values: a },
        { weight: -1, values: b },
      ],
      0.95,
    );
    if ((low ?? Infinity) <= 40 && 40 <= (high ?? -Infinity)) held += 1;
  }
  expect(held / runs).toBeGreaterThan(0.93);
  expect(held / runs).toBeLessThan(0.97);
});
