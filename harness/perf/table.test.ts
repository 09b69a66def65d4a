import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { BENCHMARKS, type PerfWorld, runPerf } from './table.ts';

/** A world in which each benchmark ends as its file's name is given; 0 when it is not. */
function scriptWorld(endings: Readonly<Record<string, number | null>>) {
  const ran: string[] = [];
  const world: PerfWorld = {
    stdout: { write: () => true },
    runFile: async (path) => {
      ran.push(basename(path));
      return endings[basename(path)] ?? (basename(path) in endings ? null : 0);
    },
  };
  return { world, ran };
}

test('every benchmark of the table has its file', () => {
  expect(BENCHMARKS.filter(({ file }) => !existsSync(join(import.meta.dirname, file)))).toEqual([]);
});

test('a missed bar does not keep the others from running', async () => {
  const { world, ran } = scriptWorld({ 'settle.ts': 1 });
  expect(await runPerf(['settle', 'report'], world)).toBe(1);
  expect(ran).toEqual(['settle.ts', 'report.ts']);
});

test('a benchmark that was killed counts as missed', async () => {
  const { world } = scriptWorld({ 'report.ts': null });
  expect(await runPerf(['report'], world)).toBe(1);
});

test('Ctrl-C in one benchmark ends them all, with exit code 130', async () => {
  const { world, ran } = scriptWorld({ 'settle.ts': 130 });
  expect(await runPerf(['settle', 'effect', 'aa'], world)).toBe(130);
  expect(ran).toEqual(['settle.ts']);
});

test('an unknown benchmark is refused with those there are', async () => {
  const { world, ran } = scriptWorld({});
  await expect(runPerf(['setle'], world)).rejects.toThrow(UsageError);
  expect(ran).toEqual([]);
});
