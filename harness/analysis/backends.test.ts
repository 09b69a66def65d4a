import { expect, test } from 'vitest';
import { testUniformity } from './backends.ts';

test('chi-square of equal shares, as by hand', () => {
  // (10² + 10²) / 50 = 4 with 1 degree of freedom: p = 0.0455.
  const result = testUniformity([60, 40]);
  expect(result?.chiSquare).toBeCloseTo(4, 10);
  expect(result?.degreesOfFreedom).toBe(1);
  expect(result?.pValue).toBeCloseTo(0.0455, 4);
});

test('too few connections per backend are not tested', () => {
  expect(testUniformity([4, 4])).toBeNull();
  expect(testUniformity([1000])).toBeNull();
});
