import { expect, test } from 'vitest';
import { analyseRun } from '../analysis/analyse-run.ts';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../analysis/testing/synthetic-run.ts';
import type { Run } from '../model/run.ts';
import { formatShortRunEnd, requireValidTrial } from './run-end.ts';

function shortRun(command: readonly string[], name = 'smoke'): Run {
  const run = makeSyntheticRun({ modes: [LEGACY, NFTABLES], sizesServices: [1], rounds: 2, requests: 100 });
  const { scenario } = run.header;
  const stop = { ...scenario.stop, minRounds: 2, maxRounds: 2 };
  return { ...run, header: { ...run.header, command: [...command], scenario: { ...scenario, name, stop } } };
}
const endOf = (run: Run) => formatShortRunEnd(run.header, analyseRun(run));

test('a smoke run ends with how many trials are valid and the scenario to go on with, as it can be typed', () => {
  expect(endOf(shortRun(['bench', '--scenario', 'smoke', '--runs-dir', '/my runs']))).toBe(
    "everything works: 8 of 8 trials valid; 2 rounds are too few to compare\nto compare: npm run bench -- --scenario 10k --runs-dir '/my runs'",
  );
});

test('another short run ends with its own words and as many rounds as an interval needs', () => {
  const words = ['bench', '--scenario', '1k', '--modes', 'iptables,nftables', '--rounds', '2'];
  expect(endOf(shortRun(words, '1k'))).toMatch(
    /to compare: npm run bench -- --scenario 1k --modes iptables,nftables --rounds 4( --budget \d+m)?$/,
  );
});

test('a run that took enough rounds ends without', () => {
  const run = makeSyntheticRun({ modes: [LEGACY, NFTABLES], sizesServices: [1], rounds: 5, requests: 100 });
  expect(endOf(run)).toBeNull();
});

test('a run without one valid trial is an invalid run: exit 4, the reason, and where the others are', () => {
  const run = makeSyntheticRun({
    modes: [NFTABLES],
    sizesServices: [1],
    rounds: 2,
    requests: 100,
    isInvalid: () => true,
  });
  const message = run.trials[0]?.invalid[0]?.message ?? 'none';
  expect(() => requireValidTrial(run, '/r/report.html')).toThrow(
    expect.objectContaining({
      exitCode: 4,
      message: `no trial is valid, and nothing is found: ${message} (4 of 4)`,
      remedy: expect.stringContaining('/r/report.html'),
    }),
  );
  expect(() => requireValidTrial({ ...run, trials: [] }, '')).not.toThrow();
});
