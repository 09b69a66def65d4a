import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../analysis/testing/synthetic-run.ts';
import type { Run } from '../model/run.ts';
import { publishSite, runPublish } from './publish.ts';
import { runReport } from './report.ts';
import { storeRun } from './testing/stored-run.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'publish-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function makeRun(id: string, startedAt: string, seed: number): Run {
  const run = makeSyntheticRun({ modes: [LEGACY, NFTABLES], sizesServices: [1, 100], rounds: 4, requests: 200, seed });
  return { ...run, header: { ...run.header, id, startedAt } };
}

/** Stored as `bench` stores it. */
async function store(run: Run): Promise<string> {
  const runs = join(directory, 'runs');
  return join(runs, await storeRun(runs, run));
}

async function readTree(root: string): Promise<Map<string, string>> {
  const names = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, (await readFile(path)).toString('base64')] as const)),
  );
}

function makeContext() {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  return { written, context: { streams: { stdout: stream('stdout'), stderr: stream('stderr') }, env: {} } };
}

describe('report', () => {
  test('writes page, summary, findings and table beside the raw trials and prints the path', async () => {
    const path = await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    const { written, context } = makeContext();
    const code = await runReport({ run: path }, context);
    expect(code).toBe(0);
    expect(written.stdout).toBe(`${join(path, 'report.html')}\n`);
    expect((await readdir(path)).sort()).toEqual([
      'findings.json',
      'report.html',
      'run.json',
      'summary.md',
      'trials.csv',
      'trials.ndjson',
    ]);
  });

  test('of a run that is none says what there is to do', async () => {
    const { context } = makeContext();
    await expect(runReport({ run: 'nothing', runsDirectory: directory }, context)).rejects.toThrow(/is no run/);
  });
});

describe('publish', () => {
  test('makes an index with headline answers and history, and every report under its id', async () => {
    await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    await store(makeRun('2026-01-02T00-00-00Z-a', '2026-01-02T00:00:00.000Z', 2));
    const site = join(directory, 'site');
    const { written, context } = makeContext();
    expect(await runPublish({ toDirectory: site, runsDirectory: join(directory, 'runs') }, context)).toBe(0);
    expect(written.stdout).toBe(`${join(site, 'index.html')}\n`);
    const index = await readFile(join(site, 'index.html'), 'utf8');
    expect(index).toContain('href="runs/2026-01-01T00-00-00Z-a/index.html"');
    expect(index.indexOf('2026-01-02T00-00-00Z-a')).toBeLessThan(index.indexOf('2026-01-01T00-00-00Z-a'));
    expect(index).toMatch(/At 100.Services/);
    expect(index).toContain('id="history-synthetic"');
    expect(index.match(/<svg/g)?.length).toBeGreaterThan(4);
    const raw = gunzipSync(await readFile(join(site, 'runs', '2026-01-01T00-00-00Z-a', 'trials.ndjson.gz')));
    expect(raw.equals(await readFile(join(directory, 'runs', '2026-01-01T00-00-00Z-a', 'trials.ndjson')))).toBe(true);
  });

  test('run twice changes no byte and touches no file', async () => {
    await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    const site = join(directory, 'site');
    const runs = join(directory, 'runs');
    expect(await publishSite(runs, site)).toBe(1);
    const before = await readTree(site);
    const touched = (await stat(join(site, 'index.html'))).mtimeMs;
    expect(await publishSite(runs, site)).toBe(0);
    expect(await readTree(site)).toEqual(before);
    expect((await stat(join(site, 'index.html'))).mtimeMs).toBe(touched);
    // Made anew elsewhere, it is the same site again.
    const other = join(directory, 'other');
    await publishSite(runs, other);
    expect([...(await readTree(other)).values()]).toEqual([...before.values()]);
  });

  test('keeps reports that were published from elsewhere', async () => {
    const path = await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    const site = join(directory, 'site');
    await publishSite(join(directory, 'runs'), site);
    await rm(path, { recursive: true });
    await store(makeRun('2026-01-02T00-00-00Z-a', '2026-01-02T00:00:00.000Z', 2));
    await publishSite(join(directory, 'runs'), site);
    const index = await readFile(join(site, 'index.html'), 'utf8');
    expect(index).toContain('2026-01-01T00-00-00Z-a');
    expect(index).toContain('2026-01-02T00-00-00Z-a');
  });

  test('of no runs at all is a page that says so', async () => {
    await publishSite(join(directory, 'runs'), join(directory, 'site'));
    expect(await readFile(join(directory, 'site', 'index.html'), 'utf8')).toContain('No run has been published yet');
  });
});
