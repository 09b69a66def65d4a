import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EnvironmentError, EXIT, type ExitCode } from '../errors.ts';
import type { BenchOptions } from '../prepare/bench-options.ts';
import { loadScenario } from '../scenario/load.ts';
import { systemExec } from '../system/exec.ts';
import { runSeries } from './series.ts';
import { makeRun, storeRun } from './testing/stored-run.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'series-'));
  await mkdir(join(directory, 'runs'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const OPTIONS: BenchOptions = {
  scenario: 'kernels',
  overrides: [],
  resume: null,
  json: false,
  keep: false,
  install: false,
  releaseBase: null,
  guest: { kernel: null, cpus: null, memory: null, archive: null },
  runsDirectory: null,
};

/** Runs the scenario `kernels` with runs that `makeOne` gives by kernel: how it ended, what it said, and which kernels were asked for at which rate. */
async function series(makeOne: (kernel: string, index: number) => Promise<{ code: ExitCode; directory: string }>) {
  let stderr = '';
  let stdout = '';
  const asked: { kernel: string; rateRps: number | null }[] = [];
  const result = await runSeries(
    await loadScenario('kernels', []),
    { ...OPTIONS, runsDirectory: join(directory, 'runs') },
    {
      streams: {
        stdout: { write: (text: string) => (stdout += text) },
        stderr: { write: (text: string) => (stderr += text) },
      } as never,
      exec: systemExec,
      env: {},
      signal: new AbortController().signal,
      deferSignals: () => ({ [Symbol.dispose]: () => undefined }),
      words: [],
    },
    async (one) => {
      const kernel = one.guest.kernel ?? '';
      asked.push({ kernel, rateRps: one.usedRateRps ?? null });
      return makeOne(kernel, asked.length - 1);
    },
  ).catch((error: unknown) => error);
  return { result, stderr, stdout, asked };
}

async function measured(kernel: string, index: number, code: ExitCode = EXIT.ok) {
  const run = makeRun(`6.${index}`, 1 + index / 2, (one) => ({ ...one, header: { ...one.header, usedRateRps: 60 } }));
  return { code, directory: join(directory, 'runs', await storeRun(join(directory, 'runs'), run)), kernel };
}

test('runs every value, all at the rate of the first, and compares them', async () => {
  const { result, asked, stdout } = await series(measured);
  expect(result).toBe(EXIT.ok);
  expect(asked.map(({ kernel }) => kernel)).toEqual([
    'debian:bullseye',
    'debian:bookworm',
    'debian:trixie',
    'debian:sid',
  ]);
  expect(asked.map(({ rateRps }) => rateRps)).toEqual([null, 60, 60, 60]);
  expect(stdout).toContain('6.3');
  expect(await readdir(join(directory, 'comparisons', 'run-6.0'))).toEqual(['compare.html', 'compare.md']);
});

test('a value that this machine cannot have is told, and the others are compared', async () => {
  const { result, stderr, stdout } = await series(async (kernel, index) => {
    if (index === 1) throw new EnvironmentError('no such kernel', 'npm run kernels');
    return measured(kernel, index);
  });
  expect(result).toBe(EXIT.ok);
  expect(stderr).toContain('left out: debian:bookworm: no such kernel\n  → npm run kernels');
  expect(stdout).toContain('6.3');
});

test('a run without a valid trial is left out and makes the series fail, the others are compared', async () => {
  const { result, stderr, stdout } = await series(async (kernel, index) => {
    if (index !== 2) return measured(kernel, index);
    const lost = makeRun('6.2', 1, (one) => ({
      ...one,
      trials: [],
      header: {
        ...one.header,
        status: 'failed',
        statusReason: 'it fell over',
        timing: { ...one.header.timing, loadMs: 0 },
      },
    }));
    return {
      code: EXIT.invalidRun,
      directory: join(directory, 'runs', await storeRun(join(directory, 'runs'), lost)),
    };
  });
  expect(result).toBe(EXIT.invalidRun);
  expect(stderr).toContain('left out: debian:trixie: its run has no valid trial: it fell over');
  expect(stdout).toContain('6.3');
});

test('Ctrl-C ends the series', async () => {
  const { result, asked } = await series((kernel, index) =>
    measured(kernel, index, index === 1 ? EXIT.interrupted : EXIT.ok),
  );
  expect(result).toBe(EXIT.interrupted);
  expect(asked).toHaveLength(2);
});

test('where one run is left, the first thing that was lacking is the error', async () => {
  const { result } = await series(async (kernel, index) => {
    if (index > 0) throw new EnvironmentError(`no ${kernel}`, 'npm run kernels');
    return measured(kernel, index);
  });
  expect(result).toMatchObject({ name: 'EnvironmentError', message: 'no debian:bookworm' });
});
