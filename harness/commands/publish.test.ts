import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
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

  test('goes elsewhere with --to, with links to the raw files where they are, and touches nothing of the run', async () => {
    const path = await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    const before = await readTree(path);
    const { written, context } = makeContext();
    const to = join(directory, 'a place', 'x');
    expect(await runReport({ run: path, toDirectory: to }, context)).toBe(0);
    expect(written.stdout).toBe(`${join(to, 'report.html')}\n`);
    expect(await readTree(path)).toEqual(before);
    const page = await readFile(join(to, 'report.html'), 'utf8');
    const links = [...page.matchAll(/<li><a href="([^"#]+)">/g)].map((match) => join(to, match[1] ?? ''));
    for (const link of links) expect((await stat(link)).isFile()).toBe(true);
    expect(links).toContain(join(path, 'trials.ndjson'));
  });

  test('links to a compressed journal by its name', async () => {
    const path = await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    await writeFile(join(path, 'trials.ndjson.gz'), gzipSync(await readFile(join(path, 'trials.ndjson'))));
    await rm(join(path, 'trials.ndjson'));
    await runReport({ run: path }, makeContext().context);
    expect(await readFile(join(path, 'report.html'), 'utf8')).toContain('href="trials.ndjson.gz"');
  });

  test('is not written into another run', async () => {
    const one = await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    const other = await store(makeRun('2026-01-02T00-00-00Z-a', '2026-01-02T00:00:00.000Z', 2));
    const { context } = makeContext();
    await expect(runReport({ run: one, toDirectory: other }, context)).rejects.toMatchObject({ exitCode: 2 });
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
    expect((await publishSite(runs, site)).rendered).toBe(1);
    const before = await readTree(site);
    const touched = (await stat(join(site, 'index.html'))).mtimeMs;
    expect((await publishSite(runs, site)).rendered).toBe(0);
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

  test('gives a run of another machine with the same id a place of its own, and keeps it there', async () => {
    const id = '2026-01-01T00-00-00Z-a';
    await store(makeRun(id, '2026-01-01T00:00:00.000Z', 1));
    const others = join(directory, 'others');
    await storeRun(others, makeRun(id, '2026-01-01T00:00:00.000Z', 2));
    const site = join(directory, 'site');
    await publishSite(join(directory, 'runs'), site);
    const first = await readFile(join(site, 'runs', id, 'trials.csv'), 'utf8');
    const outcome = await publishSite(others, site);
    expect(outcome.notes).toEqual([expect.stringContaining(`it is published as ${id}-2`)]);
    expect(await readFile(join(site, 'runs', id, 'trials.csv'), 'utf8')).toBe(first);
    const before = await readTree(site);
    for (const runs of [others, join(directory, 'runs')]) expect((await publishSite(runs, site)).rendered).toBe(0);
    expect(await readTree(site)).toEqual(before);
    const index = await readFile(join(site, 'index.html'), 'utf8');
    for (const name of [id, `${id}-2`]) expect(index).toContain(`href="runs/${name}/index.html"`);
  });

  test('of a run and an earlier copy of it keeps the longer, in whatever order they come', async () => {
    const run = makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1);
    const whole = await store(run);
    for (const name of ['a-copy', 'z-copy']) {
      const path = join(directory, 'runs', name);
      await cp(whole, path, { recursive: true });
      const text = await readFile(join(path, 'trials.ndjson'), 'utf8');
      await writeFile(join(path, 'trials.ndjson'), `${text.split('\n').slice(0, 8).join('\n')}\n`);
    }
    const site = join(directory, 'site');
    await publishSite(join(directory, 'runs'), site);
    expect(await readdir(join(site, 'runs'))).toEqual([run.header.id]);
    expect(
      (await readFile(join(site, 'runs', run.header.id, 'trials.csv'), 'utf8')).split('\n').length,
    ).toBeGreaterThan(20);
  });

  test('leaves a damaged run out, names it, and publishes the others; with nothing else it fails', async () => {
    await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    const bad = await store(makeRun('2026-01-02T00-00-00Z-a', '2026-01-02T00:00:00.000Z', 2));
    await writeFile(join(bad, 'trials.ndjson'), 'garbage\n{}\n');
    const { written, context } = makeContext();
    const runsDirectory = join(directory, 'runs');
    expect(await runPublish({ toDirectory: join(directory, 'site'), runsDirectory }, context)).toBe(0);
    expect(written.stderr).toContain(`left out: ${bad}/trials.ndjson:1: is not JSON`);
    expect(written.stderr).toContain('1 run rendered');
    await rm(join(runsDirectory, '2026-01-01T00-00-00Z-a'), { recursive: true });
    expect(await runPublish({ toDirectory: join(directory, 'other'), runsDirectory }, context)).toBe(4);
  });

  test('names what is damaged in the site itself and leaves it out of the index', async () => {
    await store(makeRun('2026-01-01T00-00-00Z-a', '2026-01-01T00:00:00.000Z', 1));
    await store(makeRun('2026-01-02T00-00-00Z-a', '2026-01-02T00:00:00.000Z', 2));
    const site = join(directory, 'site');
    await publishSite(join(directory, 'runs'), site);
    await writeFile(join(site, 'runs/2026-01-01T00-00-00Z-a/findings.json'), '{');
    await rm(join(directory, 'runs'), { recursive: true });
    const { notes } = await publishSite(join(directory, 'runs'), site);
    expect(notes).toEqual([expect.stringContaining('not in the index: ')]);
    expect(await readFile(join(site, 'index.html'), 'utf8')).not.toContain('2026-01-01T00-00-00Z-a');
  });

  test('of no runs at all is a page that says so', async () => {
    await publishSite(join(directory, 'runs'), join(directory, 'site'));
    expect(await readFile(join(directory, 'site', 'index.html'), 'utf8')).toContain('No run has been published yet');
  });
});
