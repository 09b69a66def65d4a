import { expect, test } from 'vitest';
import { holmLevels } from './holm.ts';

test('levels step down from alpha/m, as by hand', () => {
  // 0.01 ≤ 0.05/4, 0.015 ≤ 0.05/3, 0.03 > 0.05/2: from there on all are tested at 0.025.
  expect(holmLevels([0.015, 0.03, 0.01, 0.04], 0.05)).toEqual([0.05 / 3, 0.025, 0.0125, 0.025]);
});

test('one comparison alone is tested at alpha', () => {
  expect(holmLevels([0.2], 0.05)).toEqual([0.05]);
  expect(holmLevels([], 0.05)).toEqual([]);
});
