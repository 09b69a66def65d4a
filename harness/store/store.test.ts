import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalLine } from '../model/run.ts';
import { findRunDirectory, listRuns } from './find.ts';
import { openJournal } from './journal.ts';
import { type Migration, migrateRun } from './migration.ts';
import { loadRun, makeRunDirectory, writeRunHeader } from './store.ts';
import { makeSampleHeader, makeSampleNode, makeSampleTrial } from './testing/sample-run.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'runs-'));
});
afterEach(() => rm(root, { recursive: true }));

const STARTED_AT = new Date('2026-01-02T03:04:05.678Z');

async function makeRun(lines: readonly JournalLine[] = [], startedAt = STARTED_AT) {
  const directory = await makeRunDirectory({ runsDirectory: root, scenarioName: 'sample', startedAt });
  await writeRunHeader(directory.path, { ...makeSampleHeader(), id: directory.id });
  const { journal } = await openJournal(directory.path);
  for (const line of lines) await journal.append(line);
  await journal[Symbol.asyncDispose]();
  return { ...directory, journalPath: join(directory.path, 'trials.ndjson') };
}

describe('a run directory', () => {
  it('is named by its time and scenario, and no run ever takes the place of another', async () => {
    const ids = (await Promise.all(Array.from({ length: 30 }, () => makeRun()))).map((run) => run.id);
    for (const id of ids) expect(id).toMatch(/^2026-01-02T03-04-05Z-sample-678[a-z]{3}(-2)?$/);
    expect(new Set(ids).size).toBe(30);
  });

  it('of two machines that start in one second has another name on each', async () => {
    const others = await mkdtemp(join(tmpdir(), 'other-runs-'));
    const started = { scenarioName: 'sample', startedAt: STARTED_AT };
    const here = await Promise.all(
      Array.from({ length: 5 }, () => makeRunDirectory({ runsDirectory: root, ...started })),
    );
    const there = await Promise.all(
      Array.from({ length: 5 }, () => makeRunDirectory({ runsDirectory: others, ...started })),
    );
    await rm(others, { recursive: true });
    // One of 17,576 each: that 25 pairs have one in common happens once in 700 times, that two have it never.
    expect(new Set([...here, ...there].map(({ id }) => id)).size).toBeGreaterThanOrEqual(9);
  });

  it('is found by its id, its path, its run.json, or as the latest', async () => {
    const first = await makeRun();
    const last = await makeRun([], new Date(STARTED_AT.getTime() + 1));
    await mkdir(join(root, '2030-without-a-header'));
    expect(await listRuns(root)).toEqual([first.id, last.id]);
    expect(await findRunDirectory('latest', root)).toBe(last.path);
    expect(await findRunDirectory(first.id, root)).toBe(first.path);
    expect(await findRunDirectory(first.path, '/nonexistent')).toBe(first.path);
    for (const file of ['run.json', 'trials.ndjson'])
      expect(await findRunDirectory(join(first.path, file), root)).toBe(first.path);
    expect(await findRunDirectory(`${first.path}/`, root)).toBe(first.path);
  });

  it('that is not there is refused with the newest that are', async () => {
    await expect(findRunDirectory('latest', root)).rejects.toMatchObject({
      exitCode: 2,
      remedy: expect.stringContaining('npm run bench'),
    });
    const run = await makeRun();
    await mkdir(join(root, 'empty'));
    await expect(findRunDirectory('empty', root)).rejects.toThrow('"empty" is no run');
    await expect(findRunDirectory(join(root, 'empty'), root)).rejects.toThrow('no run.json is in it');
    await expect(findRunDirectory('', root)).rejects.toThrow('"" is no run');
    await expect(findRunDirectory(root, '/nonexistent')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('is no run, but holds one'),
      remedy: `name one: ${run.path}`,
    });
    await expect(findRunDirectory('nope', root)).rejects.toMatchObject({
      exitCode: 2,
      remedy: expect.stringContaining(run.id),
    });
  });
});

describe('run.json', () => {
  it('is replaced whole, and leaves no temporary file behind', async () => {
    const run = await makeRun();
    await writeRunHeader(run.path, { ...makeSampleHeader(), status: 'interrupted' });
    expect((await loadRun(run.path)).header.status).toBe('interrupted');
    expect((await readdir(run.path)).sort()).toEqual(['logs', 'run.json', 'trials.ndjson']);
  });

  it('that is none of ours, or of a version to come, is refused', async () => {
    const run = await makeRun();
    const write = (text: string) => writeFile(join(run.path, 'run.json'), text);
    await write('{}');
    await expect(loadRun(run.path)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('no schemaVersion'),
    });
    await write(JSON.stringify({ ...makeSampleHeader(), schemaVersion: 2 }));
    await expect(loadRun(run.path)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('knows versions up to 1'),
    });
    await write('{"schemaVersion": 1, "id"');
    await expect(loadRun(run.path)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('run.json:1: is not a JSON object'),
    });
    await write(JSON.stringify({ ...makeSampleHeader(), seed: 'x' }));
    await expect(loadRun(run.path)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('seed is not what a run has there'),
    });
  });
});

describe('the journal', () => {
  it('gives back what was written, nodes and trials apart', async () => {
    const run = await makeRun([makeSampleNode(), makeSampleTrial(0), makeSampleTrial(1)]);
    const loaded = await loadRun(run.path);
    expect(loaded.nodes).toEqual([makeSampleNode()]);
    expect(loaded.trials).toEqual([makeSampleTrial(0), makeSampleTrial(1)]);
    expect(loaded.tornLine).toBe(false);
  });

  it('refuses a line that is not what the schema says, before it is written', async () => {
    const run = await makeRun();
    await using journal = (await openJournal(run.path)).journal;
    await expect(journal.append({ ...makeSampleTrial(0), durationMs: Number.NaN })).rejects.toThrow();
    expect(await readFile(run.journalPath, 'utf8')).toBe('');
  });

  it('keeps the order of lines that are appended without waiting', async () => {
    const run = await makeRun();
    await using journal = (await openJournal(run.path)).journal;
    await Promise.all(Array.from({ length: 20 }, (_, index) => journal.append(makeSampleTrial(index))));
    expect((await loadRun(run.path)).trials.map((trial) => trial.plan.index)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
  });

  it('torn anywhere in its last line is read up to there, and cut there when the run goes on', async () => {
    const run = await makeRun([makeSampleTrial(0), makeSampleTrial(1)]);
    const whole = await readFile(run.journalPath);
    const firstLine = whole.indexOf(0x0a) + 1;
    for (const length of [firstLine + 1, firstLine + 100, whole.length - 2, whole.length - 1]) {
      await writeFile(run.journalPath, whole.subarray(0, length));
      const loaded = await loadRun(run.path);
      expect([loaded.tornLine, loaded.trials.length]).toEqual([true, 1]);
      const opened = await openJournal(run.path);
      expect(opened.tornBytes).toBe(length - firstLine);
      await opened.journal.append(makeSampleTrial(5));
      await opened.journal[Symbol.asyncDispose]();
      expect((await loadRun(run.path)).trials.map((trial) => trial.plan.index)).toEqual([0, 5]);
    }
  });

  it('with zeros for a last line, as a loss of power leaves them, counts as torn', async () => {
    const run = await makeRun([makeSampleTrial(0)]);
    const whole = await readFile(run.journalPath);
    await writeFile(run.journalPath, Buffer.concat([whole, Buffer.alloc(512), Buffer.from('\n')]));
    expect(await loadRun(run.path)).toMatchObject({ tornLine: true, trials: [{ plan: { index: 0 } }] });
  });

  it('damaged in the middle is an error with file and line, for readers and for a run that goes on', async () => {
    const run = await makeRun([makeSampleTrial(0), makeSampleTrial(1), makeSampleTrial(2)]);
    const lines = (await readFile(run.journalPath, 'utf8')).split('\n');
    await writeFile(run.journalPath, [lines[0], lines[1]?.slice(0, 40), lines[2], ''].join('\n'));
    const expected = { exitCode: 4, message: `${run.journalPath}:2: is not JSON` };
    await expect(loadRun(run.path)).rejects.toMatchObject(expected);
    await expect(openJournal(run.path)).rejects.toMatchObject(expected);
  });

  it('with a line of another shape, or a trial twice, is an error with file and line', async () => {
    const run = await makeRun([makeSampleTrial(0), makeSampleTrial(1)]);
    const text = await readFile(run.journalPath, 'utf8');
    await writeFile(run.journalPath, `${text}{"type":"trial"}\n`);
    await expect(loadRun(run.path)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('trials.ndjson:3: plan'),
    });
    await writeFile(run.journalPath, text + text.split('\n')[1]?.concat('\n'));
    await expect(loadRun(run.path)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('trials.ndjson:3: trial 1 comes twice'),
    });
  });

  it('may be compressed, and a compressed one that is cut off is an error', async () => {
    const run = await makeRun([makeSampleTrial(0)]);
    const compressed = gzipSync(await readFile(run.journalPath));
    await rm(run.journalPath);
    await writeFile(`${run.journalPath}.gz`, compressed);
    expect((await loadRun(run.path)).trials).toHaveLength(1);
    await writeFile(`${run.journalPath}.gz`, compressed.subarray(0, 60));
    await expect(loadRun(run.path)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('is not what gzip wrote'),
    });
  });

  it('is empty for a run that ended before its first trial', async () => {
    const run = await makeRun();
    await rm(run.journalPath);
    expect(await loadRun(run.path)).toMatchObject({ nodes: [], trials: [], tornLine: false });
  });
});

describe('a run of an older version', () => {
  const raw = { header: { schemaVersion: 1, old: true }, lines: [1] };
  const migrations = new Map<number, Migration>([
    [1, ({ header, lines }) => ({ header: { ...header, second: true }, lines: [...lines, 2] })],
    [2, ({ header, lines }) => ({ header: { ...header, third: true }, lines: [...lines, 3] })],
  ]);

  it('is brought to the current one step by step', () => {
    expect(migrateRun(raw, 'run.json', { migrations, current: 3 })).toEqual({
      header: { schemaVersion: 3, old: true, second: true, third: true },
      lines: [1, 2, 3],
    });
  });

  it('is left as it is when it is current', () => {
    expect(migrateRun(raw, 'run.json')).toEqual(raw);
  });
});
