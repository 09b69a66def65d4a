import { expect, test } from 'vitest';
import { analyseRun } from '../analysis/analyse-run.ts';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../analysis/testing/synthetic-run.ts';
import { readRunsWanted, sliceRounds } from './round-slices.ts';

const RUN = makeSyntheticRun({
  sizesServices: [10_000],
  modes: [LEGACY, NFTABLES],
  policies: [{ kind: 'per-request' }],
  rounds: 13,
  targets: 1,
  requests: 60,
});

function roundsOf(slices: ReturnType<typeof sliceRounds>): number[][] {
  return slices.map(({ trials }) => [...new Set(trials.map((trial) => trial.plan.round))].sort((a, b) => a - b));
}

test('a run falls into slices of rounds, and what does not fill one is left over', () => {
  expect(roundsOf(sliceRounds(RUN, 6))).toEqual([
    [0, 1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10, 11],
  ]);
});

test('a slice is a run of its own: the analysis sees its rounds only', () => {
  const [first] = sliceRounds(RUN, 6);
  if (first === undefined) throw new Error('no slice');
  const { differences } = analyseRun(first);
  expect(differences.length).toBeGreaterThan(0);
  expect(new Set(differences.map(({ difference }) => difference.rounds))).toEqual(new Set([6]));
});

test('PERF_RUNS shortens a benchmark and cannot lengthen it', () => {
  expect(readRunsWanted({}, 10)).toBe(10);
  expect(readRunsWanted({ PERF_RUNS: '2' }, 10)).toBe(2);
  for (const word of ['0', '11', 'two', '-1', '1.5'])
    expect(() => readRunsWanted({ PERF_RUNS: word }, 10)).toThrow(/PERF_RUNS/);
});
