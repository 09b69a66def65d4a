import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDeadTemporaryDirectories } from '../prepare/temporary-directory.ts';
import { loadRun, writeRunHeader } from '../store/store.ts';
import { findKubeProxy } from '../supply/kube-proxy/binary.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../supply/kube-proxy/version.ts';
import { systemExec } from '../system/exec.ts';

/** The program as a user starts it, less npm; everything that it does is real. */
const PROGRAM = fileURLToPath(new URL('../cli.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHORT = ['--modes', 'iptables-legacy,nftables', '--services', '1', '--rate', '100/s', '--no-probes'];
const TINY = [...SHORT, '--warm-up', '50ms', '--idle', '200ms', '--duration', '500ms'];

/** Came to its end. On a busy machine not one of so few and short trials may be valid, which is exit 4 and no matter here. */
const ENDED = [0, 4];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let runsDirectory = '';
beforeAll(async () => {
  runsDirectory = await mkdtemp(join(tmpdir(), 'bench-test-'));
});
afterAll(() => rm(runsDirectory, { recursive: true, force: true }));

function startBench(words: readonly string[]): ChildProcess & { readonly ended: Promise<Ended>; text(): string } {
  const child = spawn(process.execPath, [PROGRAM, 'bench', '--runs-dir', runsDirectory, ...words], {
    cwd: ROOT,
    env: { ...process.env, CI: 'true' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  return Object.assign(child, { ended, text: () => stderr });
}

function bench(...words: readonly string[]): Promise<Ended> {
  return startBench(words).ended;
}

async function until(condition: () => boolean | Promise<boolean>, deadlineMs: number): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms`);
    await sleep(20);
  }
}

/** Every process below `pid`, in all its process namespaces: this namespace sees them all. */
async function descendants(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const direct = children.split(' ').filter(Boolean).map(Number);
  return [...direct, ...(await Promise.all(direct.map(descendants))).flat()];
}

async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
}

async function find(pid: number, pattern: RegExp): Promise<readonly number[]> {
  const all = await descendants(pid);
  const named = await Promise.all(all.map(async (one) => ({ one, command: await commandOf(one) })));
  return named.filter(({ command }) => pattern.test(command)).map(({ one }) => one);
}

async function newestRun(): Promise<string> {
  const names = (await readdir(runsDirectory)).toSorted();
  return join(runsDirectory, names.at(-1) ?? '');
}

/** A zombie is not: only its parent has not looked yet. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/\) Z /.test(stat);
}

describe('words that cannot be', () => {
  test.each([
    [['--scenario', 'smokee'], 2, /no scenario is called "smokee".*smoke/s],
    [[], 2, /which scenario\?/],
    [['--scenario', 'smoke', '--services', '2000000'], 2, /--services/],
    [['--scenario', 'smoke', '--rate', 'fast'], 2, /--rate/],
    [['--scenario', 'smoke', '--modes', 'ipvs-xx'], 2, /--modes/],
    [['--scenario', 'smoke', '--wat'], 2, /--wat/],
    [['--resume', 'no-such-run'], 2, /no-such-run/],
  ])('%j end with exit code %i and say why', async (words, code, pattern) => {
    const ended = await bench(...words);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code, stderr: expect.stringMatching(pattern) });
    expect(ended.stderr).not.toMatch(/\n {4}at /);
  });

  test('a rate beyond half of what the machine can do is refused with the number', async () => {
    const ended = await bench('--scenario', 'smoke', ...TINY, '--keepalive', '100', '--rate', '500000/s');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/more than half of what this machine can do \(about \d+\/s/);
    expect(ended.stderr).toMatch(/--rate \d+/);
  });

  test('a load that the conntrack table cannot hold is refused before it starts, with the number', async () => {
    const ended = await bench('--scenario', 'smoke', ...TINY, '--rate', '500000/s');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/the conntrack table holds \d+ entries and this load needs about \d+/);
    expect(ended.stderr).toMatch(/nf_conntrack_max=\d+/);
  });
});

describe('faults', () => {
  test('a kube-proxy that ends at its start: exit 3, its last lines shown', async () => {
    const fake = join(await mkdtemp(join(tmpdir(), 'fake-')), 'kube-proxy');
    const real = await findKubeProxy(DEFAULT_KUBE_PROXY_VERSION, {
      exec: systemExec,
      env: process.env,
      onProgress: () => undefined,
    });
    const lines = [
      '#!/bin/sh',
      `case "$1" in --version|--help) exec ${real.path} "$@" ;; esac`,
      'echo "E0101 00:00:00.000000       1 run.go:1] \\"command failed\\" err=\\"no such thing as luck\\"" >&2',
      'exit 1',
    ];
    await writeFile(fake, lines.join('\n'));
    await chmod(fake, 0o755);
    const ended = await bench('--scenario', 'smoke', ...TINY, '--kube-proxy', fake);
    expect(ended.stderr).toContain('no such thing as luck');
    expect(ended.stderr).toContain('ended by itself (exit code 1)');
    expect(ended.code).toBe(3);
  });

  test('an NGINX that dies in mid trial: that trial is invalid, the run ends with exit 4 and keeps what it has', async () => {
    const run = startBench(['--scenario', 'smoke', ...SHORT, '--duration', '4s']);
    await until(() => run.text().includes('settled after'), 60_000);
    await sleep(2000);
    const [nginx] = await find(run.pid ?? 0, /nginx -e stderr.*backend-3\//);
    expect(nginx).toBeDefined();
    process.kill(nginx ?? 0, 'SIGKILL');
    const ended = await run.ended;
    expect(ended.stderr).toMatch(/NGINX backend-3 was ended by SIGKILL from outside/);
    expect(ended.code).toBe(4);
    const stored = await loadRun(await newestRun());
    expect(stored.header.status).toBe('failed');
    expect(stored.trials.at(-1)?.valid).toBe(false);
    expect(stored.trials.at(-1)?.invalid.map((reason) => reason.code)).toContain('backend-ended');
  });

  test('a second run on the machine is refused with exit 3 and names the first', async () => {
    const first = startBench(['--scenario', 'smoke', ...SHORT, '--duration', '3s', '--rounds', '1']);
    await until(() => first.text().includes('in netns'), 60_000);
    const second = await bench('--scenario', 'smoke', ...TINY);
    expect(second.code).toBe(3);
    expect(second.stderr).toMatch(
      new RegExp(`another measurement is running on this machine: smoke \\(process ${first.pid}\\)`),
    );
    first.kill('SIGINT');
    expect((await first.ended).code).toBe(130);
  });
});

describe('ending it', () => {
  test('Ctrl-C while it measures: exit 130 within 5 s, the trials so far kept, and --resume goes on behind them', async () => {
    const words = ['--scenario', 'smoke', ...TINY, '--rounds', '2'];
    const run = startBench(words);
    await until(() => /trial 1: /.test(run.text()), 90_000);
    const before = performance.now();
    run.kill('SIGINT');
    const ended = await run.ended;
    expect(performance.now() - before).toBeLessThan(5000);
    expect(ended.code).toBe(130);
    const directory = await newestRun();
    const stored = await loadRun(directory);
    expect(stored.header.status).toBe('interrupted');
    expect(stored.trials.length).toBeGreaterThanOrEqual(2);
    const resumed = await bench('--resume', directory);
    expect(ENDED, resumed.stderr).toContain(resumed.code);
    const whole = await loadRun(directory);
    expect(whole.header.status).toBe('complete');
    expect(whole.trials.map((trial) => trial.plan.index)).toEqual([...Array(8).keys()]);
    expect(whole.trials.slice(0, stored.trials.length)).toEqual(stored.trials);
  });

  test('a run that was begun on another kernel is not gone on with, and stays as it is', async () => {
    const ended = await bench('--scenario', 'smoke', ...TINY, '--rounds', '1');
    expect(ENDED, ended.stderr).toContain(ended.code);
    const directory = await newestRun();
    const { header } = await loadRun(directory);
    const kernel = { ...header.environment.kernel, release: '5.10.0-elsewhere' };
    await writeRunHeader(directory, {
      ...header,
      status: 'interrupted',
      environment: { ...header.environment, kernel },
    });
    const before = await loadRun(directory);
    const refused = await bench('--resume', directory);
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toMatch(/kernel\.release: 5\.10\.0-elsewhere \| /);
    expect(refused.stderr).toContain(`npm run report -- ${directory}`);
    expect(refused.stderr).not.toContain('go on with it');
    expect(await loadRun(directory)).toEqual(before);
  });

  test('Ctrl-C while the nodes are made: exit 130 within 5 s', async () => {
    const run = startBench(['--scenario', 'smoke', ...SHORT, '--services', '3000']);
    await until(() => run.text().includes('standing up'), 60_000);
    await sleep(1500);
    const before = performance.now();
    run.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  test('kill -9 leaves no process after 1 s, and the next start clears its temporary directory', async () => {
    const run = startBench(['--scenario', 'smoke', ...SHORT, '--duration', '10s']);
    await until(() => run.text().includes('settled after'), 60_000);
    const all = await descendants(run.pid ?? 0);
    expect(all.length).toBeGreaterThan(12);
    run.kill('SIGKILL');
    await sleep(1000);
    expect((await Promise.all(all.map(isAlive))).filter(Boolean)).toEqual([]);
    expect((await findDeadTemporaryDirectories(process.env)).length).toBeGreaterThan(0);
    expect(ENDED).toContain((await bench('--scenario', 'smoke', ...TINY, '--rounds', '1')).code);
    expect(await findDeadTemporaryDirectories(process.env)).toEqual([]);
  });
});
