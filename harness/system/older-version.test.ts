import { expect, test } from 'vitest';
import { isOlderVersion } from './older-version.ts';

test('a version is older by the first number that differs, not by its text', () => {
  expect(isOlderVersion('5.9.0-rc1', [5, 13])).toBe(true);
  expect(isOlderVersion('5.13.0-0.bpo', [5, 13])).toBe(false);
  expect(isOlderVersion('6.1', [5, 13])).toBe(false);
  expect(isOlderVersion('1.0', [1, 0, 1])).toBe(true);
});
