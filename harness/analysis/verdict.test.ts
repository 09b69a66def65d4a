import { expect, test } from 'vitest';
import { judgeDifference, roundsStillNeeded } from './verdict.ts';

const interval = (low: number | null, high: number | null) => ({
  value: 0,
  low,
  high,
  rounds: 6,
  confidenceAsked: 0.95,
  confidenceAchieved: 0.95,
  missingRounds: 0,
});

test.each([
  [40, 70, 'different', true],
  [-70, -40, 'different', true],
  [-10, 10, 'equivalent', false],
  [20, 30, 'equivalent', true],
  [-10, 60, 'unsure', false],
  [null, null, 'unsure', false],
] as const)('%s … %s µs against a margin of 50 is %s', (low, high, verdict, excludesZero) => {
  expect(judgeDifference(interval(low, high), 50)).toEqual({ verdict, excludesZero });
});

test('the rounds still needed are those of the sample-size formula', () => {
  // s = 10, d = 5: h = 45 (inside the margin is easier): 4 rounds would do, so one more than 3.
  expect(roundsStillNeeded({ value: 5, standardDeviation: 10, rounds: 3, margin: 50, confidence: 0.95 })).toBe(1);
  // s = 10, d = 5, no margin to speak of: t(0.975, 17)·10/√18 = 4.97 < 5, t(0.975, 16)·10/√17 = 5.14 is not.
  expect(roundsStillNeeded({ value: 5, standardDeviation: 10, rounds: 6, margin: 0.1, confidence: 0.95 })).toBe(12);
  expect(roundsStillNeeded({ value: 0, standardDeviation: 10, rounds: 6, margin: 0.001, confidence: 0.95 })).toBeNull();
});
