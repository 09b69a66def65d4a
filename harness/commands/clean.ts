import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { acquireMachineLock } from '../run/machine-lock.ts';
import { parseRunTime, RUNS_DIRECTORY } from '../run/store.ts';
import { findDeadTemporaryDirectories, findSilentTemporaryDirectories } from '../run/temporary-directory.ts';
import { explainDiskError } from '../system/atomic-file.ts';
import { npmCommand } from '../system/shell-words.ts';
import { cacheDirectory } from '../system/xdg.ts';

export interface CleanOptions {
  /** Remove what is shown; without it nothing is. */
  readonly yes: boolean;
  /** Age such as "30d" beyond which runs are removed too; `null` keeps all of them. */
  readonly runsOlderThan: string | null;
}

export interface CleanWorld {
  readonly stdout: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  readonly runsDirectory: string;
  /** The lock on the machine, which a run that is going on holds: it uses the cache. Another one is for tests. */
  readonly acquireLock?: () => Promise<AsyncDisposable>;
}

/** Where runs have their temporary directories, inside the cache. */
const TEMPORARY_RUNS = 'runs';

/** A file or directory that can go, and why. */
interface Clutter {
  readonly path: string;
  readonly why: string;
}

/**
 * `npm run clean`: shows what can go (what dead runs left behind, what can be downloaded or built again, and old runs when asked) and removes
 * it with `--yes`. Never touches anything else: the committed reference study, a living run's directories, files it did not make.
 */
export async function runClean(options: CleanOptions, world: CleanWorld): Promise<ExitCode> {
  const clutter = await findClutter(options, world);
  const sizes = await Promise.all(clutter.map(({ path }) => measureSizeBytes(path)));
  world.stdout(formatClutter(clutter, sizes));
  if (clutter.length === 0) return EXIT.ok;
  if (!options.yes) {
    world.stdout(`nothing was removed: ${removeCommand(options, world)} removes it\n`);
    return EXIT.ok;
  }
  await using _lock = await (world.acquireLock ?? lockMachine)();
  for (const { path } of clutter) await remove(path);
  world.stdout(`removed ${formatBytes(sum(sizes))}\n`);
  return EXIT.ok;
}

/** The same command with --yes. */
function removeCommand({ runsOlderThan }: CleanOptions, { runsDirectory }: CleanWorld): string {
  const older = runsOlderThan === null ? [] : ['--runs-older-than', runsOlderThan];
  const place = runsOlderThan === null || runsDirectory === RUNS_DIRECTORY ? [] : ['--runs-dir', runsDirectory];
  return npmCommand(['clean', '--yes', ...older, ...place]);
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    throw explainDiskError(error, path);
  });
}

function lockMachine(): Promise<AsyncDisposable> {
  return acquireMachineLock({ pid: process.pid, run: 'npm run clean' });
}

async function findClutter(options: CleanOptions, world: CleanWorld): Promise<readonly Clutter[]> {
  const dead = await findDeadTemporaryDirectories(world.env);
  const silent = await findSilentTemporaryDirectories(world.env);
  return [
    ...dead.map((path) => ({ path, why: 'left behind by a run that is dead' })),
    ...silent.map((path) => ({
      path,
      why: 'left behind, as it seems, before a restart or by another machine: nothing happened there for a week',
    })),
    ...(await findCached(world.env)),
    ...(options.runsOlderThan === null ? [] : await findOldRuns(options.runsOlderThan, world)),
  ];
}

/** What is in the cache by its name, and why it can go. One of more parts is shown part by part. */
const CACHED: readonly { readonly name: RegExp; readonly why: string; readonly inParts?: true }[] = [
  { name: /^kube-proxy$/, why: 'kube-proxy, can be had again', inParts: true },
  { name: /^kernels$/, why: 'a kernel for guests, can be fetched again', inParts: true },
  { name: /^virtme-ng-/, why: 'the starter of guests, can be fetched again' },
  { name: /^compile-cache$/, why: 'compiled code for guests, is made again by itself' },
  { name: /^perf$/, why: 'tools of npm run perf, can be had again' },
  { name: /^/, why: 'in the cache, can be made again' },
];

/** Everything below the cache directory but the directories of runs. Hidden names belong to whoever downloads or builds just now, and a lock to whoever holds it. */
async function findCached(env: CleanWorld['env']): Promise<readonly Clutter[]> {
  const directory = cacheDirectory(env);
  const found: Clutter[] = [];
  for (const name of await listShown(directory)) {
    if (name === TEMPORARY_RUNS) continue;
    const { why = '', inParts } = CACHED.find((one) => one.name.test(name)) ?? {};
    const path = join(directory, name);
    if (inParts !== true) found.push({ path, why });
    else for (const part of await listShown(path)) found.push({ path: join(path, part), why });
  }
  return found;
}

async function listShown(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => !name.startsWith('.') && !name.endsWith('.lock')).sort();
}

async function findOldRuns(age: string, { now, runsDirectory }: CleanWorld): Promise<readonly Clutter[]> {
  const ageMs = parseAgeMs(age);
  const names = await readdir(runsDirectory).catch(() => []);
  return names.flatMap((name) => {
    const startedAt = parseRunTime(name);
    if (startedAt === null || now.getTime() - startedAt.getTime() <= ageMs) return [];
    return [{ path: join(runsDirectory, name), why: `a run older than ${age}` }];
  });
}

const AGE_UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function parseAgeMs(text: string): number {
  const match = /^([0-9]+)([hdw])$/.exec(text);
  const unitMs = AGE_UNITS_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) {
    throw new UsageError(
      `--runs-older-than: ${JSON.stringify(text.slice(0, 40))} is no age`,
      'write a number and one of h, d, w, as in --runs-older-than 30d',
    );
  }
  return Number(match[1]) * unitMs;
}

/** What is below a path, links not followed; 0 for what is gone meanwhile. */
async function measureSizeBytes(path: string): Promise<number> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path).catch(() => []);
  return sum(await Promise.all(names.map((name) => measureSizeBytes(join(path, name)))));
}

function formatClutter(clutter: readonly Clutter[], sizes: readonly number[]): string {
  if (clutter.length === 0) return 'there is nothing to remove\n';
  const lines = clutter.map(
    ({ path, why }, index) => `${formatBytes(sizes[index] ?? 0).padStart(10)}  ${path}  (${why})`,
  );
  return `${lines.join('\n')}\n`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
