import { expect, test } from 'vitest';
import { parseScenario } from '../scenario/parse.ts';
import { describeAllowance, expectedMemoryBytes, requireAllowance } from './allowance-warnings.ts';

const WHOLE = {
  affinityCores: 8,
  quotaCores: null,
  memoryLimitBytes: null,
  freeTasks: null,
  openFiles: Number.POSITIVE_INFINITY,
  fileBytes: Number.POSITIVE_INFINITY,
};
const text = 'services: [1, 10000]\nmodes: [nftables]\nload: {rate: 100/s}';
const scenario = parseScenario({ name: 'x', file: 'x.yaml', text }, []);
const { modes } = scenario;

test('a machine that may be used whole has nothing to be told', () => {
  expect(describeAllowance({ scenario, modes }, { cores: 8, usableMemoryBytes: 16e9, allowance: WHOLE })).toEqual([]);
});

test('a quota, an affinity and too little memory are told with their numbers', () => {
  const told = (change: Partial<typeof WHOLE> | { quotaCores: number } | { memoryLimitBytes: number }, bytes = 16e9) =>
    describeAllowance({ scenario, modes }, { cores: 8, usableMemoryBytes: bytes, allowance: { ...WHOLE, ...change } });
  expect(told({ quotaCores: 0.5 })).toMatchObject([
    { code: 'cpu-quota', message: expect.stringContaining('0.5 of this machine’s 8 cores'.replace('’', "'")) },
  ]);
  expect(told({ affinityCores: 1 })).toMatchObject([
    { code: 'cpu-affinity', message: expect.stringContaining('1 of this machine') },
  ]);
  expect(told({ memoryLimitBytes: 350 * 2 ** 20 }, 300e6)).toMatchObject([
    { code: 'memory-short', message: expect.stringContaining('the limit of this container is 350 MB') },
  ]);
});

test('memory grows with the largest size and with every mode that has rules', () => {
  const one = expectedMemoryBytes(scenario, modes);
  expect(one).toBeGreaterThan(800e6);
  expect(expectedMemoryBytes(scenario, [...modes, ...modes])).toBeGreaterThan(one + 500e6);
});

test('limits that a run would fail at in its middle are refused before', () => {
  const ask = (change: { openFiles?: number; freeTasks?: number; fileBytes?: number }) => () =>
    requireAllowance({ ...WHOLE, ...change });
  expect(ask({ openFiles: 64 })).toThrow(/64 files open here \(ulimit -n\)/);
  expect(ask({ freeTasks: 20 })).toThrow(/20 more processes.*ulimit -u/);
  expect(ask({ fileBytes: 50e6 })).toThrow(/48 MB large here \(ulimit -f\)/);
  expect(ask({ openFiles: 1024, freeTasks: 512, fileBytes: 2 ** 30 })).not.toThrow();
});
