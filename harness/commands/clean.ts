import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { acquireMachineLock } from '../prepare/machine-lock.ts';
import {
  closeDeadRuns,
  findDeadTemporaryDirectories,
  findLivingTemporaryDirectories,
  findSilentTemporaryDirectories,
  SILENT_MS,
} from '../prepare/temporary-directory.ts';
import { JOURNAL_FILE } from '../store/journal.ts';
import { HEADER_FILE, loadHeader, parseRunTime, RUNS_DIRECTORY } from '../store/store.ts';
import { findCache } from '../supply/caches.ts';
import { explainDiskError } from '../system/atomic-file.ts';
import { formatCommand, npmCommand } from '../system/shell-words.ts';
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

/** A file or directory that can go, and why. */
interface Clutter {
  readonly path: string;
  readonly why: string;
}

/** What can go, and sentences about what stays though it was asked for. */
interface Found {
  readonly clutter: readonly Clutter[];
  readonly notes: readonly string[];
}

/**
 * `npm run clean`: shows what can go (what dead runs left behind, what can be downloaded or built again, and old runs when asked) and removes
 * it with `--yes`. Never touches anything else: the committed reference study, a living run's directories, files it did not make.
 */
export async function runClean(options: CleanOptions, world: CleanWorld): Promise<ExitCode> {
  await closeDeadRuns(world.env);
  const { clutter, notes } = await findClutter(options, world);
  const sizes = await Promise.all(clutter.map(({ path }) => measureSizeBytes(path)));
  world.stdout(formatClutter(clutter, sizes));
  for (const note of notes) world.stdout(`${note}\n`);
  if (clutter.length === 0) return EXIT.ok;
  if (!options.yes) {
    world.stdout(`nothing was removed; this removes it: ${removeCommand(options, world)}\n`);
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

async function findClutter(options: CleanOptions, world: CleanWorld): Promise<Found> {
  const dead = await findDeadTemporaryDirectories(world.env);
  const silent = await findSilentTemporaryDirectories(world.env);
  const left = [
    ...dead.map((path) => ({ path, why: 'left behind by a run that is dead' })),
    ...silent.map((path) => ({
      path,
      why: 'left behind, as it seems, before a restart or by another machine: nothing happened there for a week',
    })),
  ];
  const found = [await findUnusedCache(world.env), await findOldRuns(options.runsOlderThan, world)];
  return {
    clutter: [...left, ...found.flatMap(({ clutter }) => clutter)],
    notes: found.flatMap(({ notes }) => notes),
  };
}

/** A run takes kube-proxy and kernels out of the cache again and again; that of another container or machine shows here by its directory alone. */
async function findUnusedCache(env: CleanWorld['env']): Promise<Found> {
  const clutter = await findCached(env);
  const [living] = await findLivingTemporaryDirectories(env);
  if (living === undefined || clutter.length === 0) return { clutter, notes: [] };
  const note = `the cache stays: a run may be using it, here, in another container, or on another machine with the same home (${living})\n  → if nobody measures: ${formatCommand(['rm', '-r', living])}`;
  return { clutter: [], notes: [note] };
}

/** Everything below the cache directory but the directories of runs. Hidden names belong to whoever downloads or builds just now, and a lock to whoever holds it. */
async function findCached(env: CleanWorld['env']): Promise<readonly Clutter[]> {
  const directory = cacheDirectory(env);
  const found: Clutter[] = [];
  for (const name of await listShown(directory)) {
    const { why, isInParts } = findCache(name);
    if (why === null) continue;
    const path = join(directory, name);
    if (!isInParts) found.push({ path, why });
    else for (const part of await listShown(path)) found.push({ path: join(path, part), why });
  }
  return found;
}

async function listShown(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => !name.startsWith('.') && !name.endsWith('.lock')).sort();
}

async function findOldRuns(age: string | null, { now, runsDirectory }: CleanWorld): Promise<Found> {
  if (age === null) return { clutter: [], notes: [] };
  const ageMs = parseAgeMs(age);
  const names = await readdir(runsDirectory).catch(() => []);
  const clutter: Clutter[] = [];
  const notes: string[] = [];
  for (const name of names) {
    const startedAt = parseRunTime(name);
    if (startedAt === null || now.getTime() - startedAt.getTime() <= ageMs) continue;
    const path = join(runsDirectory, name);
    if (await mayGoOn(path, startedAt, now)) notes.push(`${path} stays: it is not at its end, and may be going on`);
    else clutter.push({ path, why: `a run older than ${age}` });
  }
  return { clutter, notes };
}

/** Until the testbed stands a run has no header. */
const LONGEST_SET_UP_MS = 86_400_000;

/** By what it says of itself, because it may be of another machine (a shared directory): it is "running", and something happened there within a week; or it has only begun. */
async function mayGoOn(directory: string, startedAt: Date, now: Date): Promise<boolean> {
  const paths = [HEADER_FILE, JOURNAL_FILE].map((file) => join(directory, file));
  const times = await Promise.all(
    paths.map((path) =>
      stat(path)
        .then(({ mtimeMs }) => mtimeMs)
        .catch(() => null),
    ),
  );
  if (times[0] === null) return now.getTime() - startedAt.getTime() <= LONGEST_SET_UP_MS;
  const header = await loadHeader(directory).catch(() => null);
  const changedMs = Math.max(...times.map((time) => time ?? 0));
  return header?.status === 'running' && now.getTime() - changedMs <= SILENT_MS;
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
