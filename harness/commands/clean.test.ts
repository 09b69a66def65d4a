import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryDirectory } from '../prepare/temporary-directory.ts';
import { writeRunHeader } from '../store/store.ts';
import { makeSampleHeader } from '../store/testing/sample-run.ts';
import { type CleanOptions, runClean } from './clean.ts';

let root: string;
let said: string;
let acquireLock: () => Promise<AsyncDisposable>;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'clean-'));
  said = '';
  acquireLock = async () => ({ [Symbol.asyncDispose]: async () => undefined });
});
afterEach(() => rm(root, { recursive: true }));

function clean(options: Partial<CleanOptions> = {}) {
  return runClean(
    { yes: false, runsOlderThan: null, ...options },
    {
      stdout: (text) => {
        said += text;
      },
      env: { XDG_CACHE_HOME: root },
      now: new Date('2026-03-01T00:00:00Z'),
      runsDirectory: join(root, 'runs'),
      acquireLock,
    },
  );
}

async function make(path: string): Promise<string> {
  const whole = join(root, path);
  await mkdir(whole, { recursive: true });
  await writeFile(join(whole, 'file'), 'x'.repeat(1234));
  return whole;
}

describe('npm run clean', () => {
  it('removes nothing unless told so, and shows what it would', async () => {
    const cached = await make('service-routing-bench/kube-proxy/1.36.3-amd64');
    expect(await clean()).toBe(0);
    expect(said).toContain(`1.2 kB  ${cached}  (kube-proxy, can be had again)`);
    expect(said).toContain('this removes it: npm run clean -- --yes\n');
    expect(existsSync(cached)).toBe(true);
  });

  /** A directory that a run of this very process would have left, had its process started at the tick 1. */
  async function leaveDead(): Promise<string> {
    const made = await makeTemporaryDirectory({ XDG_CACHE_HOME: root });
    await made[Symbol.asyncDispose]();
    const [boot, namespace, pid] = basename(made.path).split('-');
    const dead = await make(`service-routing-bench/runs/${boot}-${namespace}-${pid}-1-abcdef`);
    await writeFile(join(dead, 'lock'), '');
    return dead;
  }

  it('removes what dead runs left and what is cached, and leaves work in progress alone', async () => {
    const dead = await leaveDead();
    const cached = await make('service-routing-bench/kube-proxy/1.36.3-amd64');
    const partial = await make('service-routing-bench/kube-proxy/.1.34.2-amd64.partial-abc');
    const run = await make('runs/2020-01-01T00-00-00Z-10k');
    expect(await clean({ yes: true })).toBe(0);
    expect([dead, cached, partial, run].map((path) => existsSync(path))).toEqual([false, false, true, true]);
    expect(said).toContain('removed 2.5 kB');
  });

  it('leaves the cache to a run that it cannot ask for: of another machine, another container or another network namespace', async () => {
    const cached = await make('service-routing-bench/kube-proxy/1.36.3-amd64');
    const dead = await leaveDead();
    const elsewhere = await make(`service-routing-bench/runs/${'0'.repeat(32)}-1-2-3-abcdef`);
    expect(await clean({ yes: true })).toBe(0);
    expect([dead, elsewhere, cached].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(said).toContain('the cache stays: a run may be using it');
    expect(said).toContain(`rm -r ${elsewhere}`);
    await rm(elsewhere, { recursive: true });
    await using living = await makeTemporaryDirectory({ XDG_CACHE_HOME: root });
    expect(await clean({ yes: true })).toBe(0);
    expect([living.path, cached].map((path) => existsSync(path))).toEqual([true, true]);
  });

  it('leaves an old run that may be going on, and closes and removes one whose process is dead', async () => {
    const id = '2026-01-29T00-00-00Z-10k-123abc';
    const running = await make(`runs/${id}`);
    await writeRunHeader(running, { ...makeSampleHeader(), id });
    await clean({ yes: true, runsOlderThan: '30d' });
    expect(existsSync(running)).toBe(true);
    expect(said).toContain(`${running} stays: it is not at its end`);
    const dead = await leaveDead();
    await writeFile(join(dead, 'request.json'), JSON.stringify({ runDirectory: running }));
    await clean({ yes: true, runsOlderThan: '30d' });
    expect([running, dead].map((path) => existsSync(path))).toEqual([false, false]);
  });

  it('leaves a run that has only begun, and takes one that has said nothing for a week', async () => {
    const begun = await make('runs/2026-02-28T20-00-00Z-10k-123abc');
    const silent = await make('runs/2026-01-29T00-00-00Z-10k-123abc');
    await writeRunHeader(silent, makeSampleHeader());
    const longAgo = new Date('2026-02-01T00:00:00Z');
    await utimes(join(silent, 'run.json'), longAgo, longAgo);
    await clean({ yes: true, runsOlderThan: '1h' });
    expect([begun, silent].map((path) => existsSync(path))).toEqual([true, false]);
  });

  it('shows everything below the cache directory but what is in use or in the making', async () => {
    for (const path of [
      'kube-proxy/1.36.3-amd64',
      'kube-proxy/.1.34.2-amd64.partial-abc',
      'kernels/debian-trixie-amd64',
      'kernels/.debian-sid-amd64.partial-abc',
      'virtme-ng-1.35',
      'compile-cache/v26',
      'perf/hey',
      'something-new',
    ])
      await make(`service-routing-bench/${path}`);
    await writeFile(join(root, 'service-routing-bench/virtme-ng-1.35.lock'), '');
    await clean({ runsOlderThan: '30d' });
    const shown = said.split('\n').flatMap((line) => /service-routing-bench\/(\S+)/.exec(line)?.[1] ?? []);
    expect(shown).toEqual([
      'compile-cache',
      'kernels/debian-trixie-amd64',
      'kube-proxy/1.36.3-amd64',
      'perf',
      'something-new',
      'virtme-ng-1.35',
    ]);
    const runs = join(root, 'runs');
    expect(said).toContain(`npm run clean -- --yes --runs-older-than 30d --runs-dir ${runs}\n`);
    await clean({ yes: true });
    expect(await readdir(join(root, 'service-routing-bench'))).toEqual([
      'kernels',
      'kube-proxy',
      'virtme-ng-1.35.lock',
    ]);
  });

  it('removes runs only when asked, only older ones, and nothing that is no run', async () => {
    for (const name of ['2026-01-29T00-00-00Z-10k', '2026-02-20T00-00-00Z-10k-2', 'notes', '2020-99-99T00-00-00Z-x'])
      await make(`runs/${name}`);
    await clean({ yes: true, runsOlderThan: '30d' });
    expect((await readdir(join(root, 'runs'))).sort()).toEqual([
      '2020-99-99T00-00-00Z-x',
      '2026-02-20T00-00-00Z-10k-2',
      'notes',
    ]);
  });

  it('waits for no run to end: while one is going on it removes nothing', async () => {
    const cached = await make('service-routing-bench/kube-proxy/1.36.3-amd64');
    acquireLock = () => Promise.reject(new Error('another measurement is running'));
    await expect(clean({ yes: true })).rejects.toThrow('another measurement is running');
    expect(existsSync(cached)).toBe(true);
  });

  it('says so when there is nothing to do, and refuses an age that is none', async () => {
    expect(await clean()).toBe(0);
    expect(said).toBe('there is nothing to remove\n');
    await expect(clean({ runsOlderThan: '30' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('--runs-older-than: "30" is no age'),
    });
  });
});
