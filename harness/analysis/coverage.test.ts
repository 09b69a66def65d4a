import { describe, expect, test } from 'vitest';
import { type Coverage, makeTrialPool, SIMULATED_STATISTICS, simulateCoverage } from './testing/coverage.ts';
import { DRIFTING, RESTLESS, SKEWED, TWO_HUMPS } from './testing/shapes.ts';

/** The numbers of rounds that scenarios use, on both sides of the change of method. */
const ROUNDS = [5, 8, 12];
const RUNS = 400;

function pooled(simulate: (rounds: number) => Coverage): Coverage {
  const each = ROUNDS.map(simulate);
  const average = (pick: (one: Coverage) => number) => each.reduce((sum, one) => sum + pick(one), 0) / each.length;
  return {
    level: average((one) => one.level),
    difference: average((one) => one.difference),
    excludesZero: average((one) => one.excludesZero),
  };
}

function expectNominal(share: number): void {
  expect(share).toBeGreaterThanOrEqual(0.93);
  expect(share).toBeLessThanOrEqual(0.97);
}

describe.each([SKEWED, TWO_HUMPS])('latencies of shape $name', (shape) => {
  const pool = makeTrialPool(shape, 1000, 1000, 11);

  describe.each(SIMULATED_STATISTICS)('the %s', (statistic) => {
    const base = { pool, statistic, runs: RUNS, confidence: 0.95, design: 'interleaved' } as const;

    test('on a restless machine, intervals of a mode’s own value and of a difference hold the truth 93 to 97 times in 100', {
      timeout: 60_000,
    }, () => {
      const { level, difference } = pooled((rounds) =>
        simulateCoverage({ ...base, mood: RESTLESS, rounds, ratio: 1.2, seed: rounds }),
      );
      expectNominal(level);
      expectNominal(difference);
    });

    // A mode's own value moves with the machine, so its interval is wide on purpose: it must hold for another run as well.
    test('on a drifting machine, intervals of a difference hold the truth 93 to 97 times in 100, and those of a mode’s own value at least 93', {
      timeout: 60_000,
    }, () => {
      const { level, difference } = pooled((rounds) =>
        simulateCoverage({ ...base, mood: DRIFTING, rounds, ratio: 1.1, seed: rounds }),
      );
      expectNominal(difference);
      expect(level).toBeGreaterThanOrEqual(0.93);
    });
  });
});

test('on a drifting machine the interleaved order finds no difference where there is none, and all of a before all of b finds one nearly always', {
  timeout: 60_000,
}, () => {
  const pool = makeTrialPool(SKEWED, 500, 300, 11);
  const base = {
    pool,
    mood: DRIFTING,
    statistic: 'p50',
    rounds: 8,
    ratio: 1,
    runs: 500,
    confidence: 0.95,
    seed: 8,
  } as const;
  expect(simulateCoverage({ ...base, design: 'interleaved' }).excludesZero).toBeLessThan(0.07);
  expect(simulateCoverage({ ...base, design: 'blocked' }).excludesZero).toBeGreaterThan(0.95);
});
