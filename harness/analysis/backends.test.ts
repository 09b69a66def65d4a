import { expect, test } from 'vitest';
import { summarizeBackends, testUniformity } from './backends.ts';
import { LEGACY, makeSyntheticRun, NFTABLES } from './testing/synthetic-run.ts';

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

test('a backend that one mode never chose counts there with none, and fails its test of uniformity', () => {
  const policies = [{ kind: 'per-request' }] as const;
  const run = makeSyntheticRun({ sizesServices: [1], modes: [LEGACY, NFTABLES], policies, requests: 400, rounds: 1 });
  const trials = run.trials.map((trial) => {
    if (trial.load === null || trial.plan.modeId !== LEGACY.id) return trial;
    const targets = trial.load.targets.map((target) => ({
      ...target,
      backends: {},
      connectionBackends: { 'backend-0': 200, 'backend-1': 200 },
    }));
    return { ...trial, load: { ...trial.load, targets } };
  });
  const [legacy] = summarizeBackends({ ...run, trials });
  expect(legacy?.backends.map(({ connections }) => connections)).toEqual([200, 200, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(legacy?.uniformity?.pValue).toBeLessThan(0.001);
});
