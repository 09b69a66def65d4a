import { expect, test } from 'vitest';
import { modelPositionRules, summarizeRules } from './rules.ts';
import { makeSyntheticRun } from './testing/synthetic-run.ts';

test('by position a connection passes half the Services on average, one at best and all at worst', () => {
  expect(modelPositionRules({ serviceJumps: 10_000, endpointsPerService: 10 })).toEqual({
    rules: 1 + 5000.5 + 5.5 + 2,
    lowRules: 5,
    highRules: 10_013,
  });
});

test('every series names its source, and what was counted is told from what is modelled', () => {
  const series = summarizeRules(makeSyntheticRun({ rounds: 1, requests: 20 }));
  expect(series.map(({ kind }) => kind)).toEqual(['measured', 'position-model']);
  expect(series.every(({ source }) => source.length > 20)).toBe(true);
});
