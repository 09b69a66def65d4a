import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { closeRun } from '../run/close-run.ts';
import { REQUEST_FILE } from '../run/request.ts';
import { cachePath } from '../supply/caches.ts';
import { explainDiskError } from '../system/atomic-file.ts';
import { tryFileLock } from '../system/file-lock.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { CACHE_MOVED_BY } from '../system/xdg.ts';

/** A run's own directory for sockets, configurations and the like; gone with the run. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * A process on this machine for ever: pids are used again, a pid with its start time (clock ticks since boot) and the boot's id is not.
 * Pids are counted per namespace, so that belongs to it too.
 */
interface Owner {
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly pid: number;
  readonly startTicks: number;
}

function temporaryRoot(env: Readonly<Record<string, string | undefined>>): string {
  return cachePath('runs', env);
}

/** Makes it with its owner in its name. To be called by the outermost process: its pid is what a later start can ask for. */
export async function makeTemporaryDirectory(
  env: Readonly<Record<string, string | undefined>>,
): Promise<TemporaryDirectory> {
  const root = temporaryRoot(env);
  try {
    await makeDirectory(root, { mode: 0o700, movedBy: CACHE_MOVED_BY });
    const path = await mkdtemp(join(root, `${formatOwner(await readSelf())}-`));
    const lock = await tryLock(path);
    return {
      path,
      async [Symbol.asyncDispose]() {
        await rm(path, { recursive: true, force: true });
        await lock?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    throw explainDiskError(error, root, CACHE_MOVED_BY);
  }
}

/**
 * Temporary directories whose owner is surely dead: on this very kernel its process is gone, and its lock is free. All others are left alone: what another boot, another pid namespace or another
 * machine made may be in use there, where the home is shared (NFS, or a guest over this machine's files, whose locks do not show here).
 */
export function findDeadTemporaryDirectories(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  return findDirectories(env, isDead);
}

/** A run that measures changes its directory with every trial. */
export const SILENT_MS = 7 * 86_400_000;

/** Directories that nobody here can ask about, that no lock holds and in which nothing happened for a week: for people to decide. */
export function findSilentTemporaryDirectories(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  return findDirectories(env, isSilent);
}

/** All others: whoever made them measures, or may do so where nobody here can ask (another container, another machine with the same home), and uses the cache. */
export function findLivingTemporaryDirectories(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  return findDirectories(
    env,
    async (owner, self, path) => !(await isDead(owner, self, path)) && !(await isSilent(owner, self, path)),
  );
}

async function isSilent(owner: Owner, self: Owner, path: string): Promise<boolean> {
  if (isAskable(owner, self)) return false;
  const changed = await stat(path).catch(() => null);
  return changed !== null && Date.now() - changed.mtimeMs > SILENT_MS && (await isLockFree(path));
}

async function findDirectories(
  env: Readonly<Record<string, string | undefined>>,
  isMeant: (owner: Owner, self: Owner, path: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const root = temporaryRoot(env);
  const self = await readSelf();
  const found: string[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    const owner = parseOwner(name);
    if (owner !== null && (await isMeant(owner, self, join(root, name)))) found.push(join(root, name));
  }
  return found;
}

/** Removes them and returns which. A run that one of them belongs to is not left "running". */
export async function clearDeadTemporaryDirectories(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const dead = await findDeadTemporaryDirectories(env);
  await closeRunsOf(dead);
  await Promise.all(dead.map((path) => rm(path, { recursive: true, force: true })));
  return dead;
}

/** For commands that read runs: one whose process was killed, also by SIGKILL, is closed. Where that cannot be written it stays as it is. */
export async function closeDeadRuns(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const dead = await findDeadTemporaryDirectories(env).catch(() => []);
  await closeRunsOf(dead).catch(() => undefined);
}

async function closeRunsOf(directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    const text = await readFile(join(directory, REQUEST_FILE), 'utf8').catch(() => null);
    const place = text === null ? null : requestedDirectory(text);
    if (place !== null) await closeRun(place, new Error('its process was killed before it could say why'));
  }
}

function requestedDirectory(text: string): string | null {
  try {
    const { runDirectory } = JSON.parse(text) as { runDirectory?: unknown };
    return typeof runDirectory === 'string' ? runDirectory : null;
  } catch {
    // It was killed while it wrote.
    return null;
  }
}

const LOCK_FILE = 'lock';

/** `null` where there is no flock, or a file system that takes no locks: then nobody can prove that the directory is free. */
function tryLock(path: string): Promise<AsyncDisposable | null> {
  return tryFileLock(join(path, LOCK_FILE)).catch(() => null);
}

/** Proven: there is a lock, and it could be had. */
async function isLockFree(path: string): Promise<boolean> {
  if (!existsSync(join(path, LOCK_FILE))) return false;
  const lock = await tryLock(path);
  await lock?.[Symbol.asyncDispose]();
  return lock !== null;
}

/** Two virtual machines from one snapshot have one boot id: that a process is not here does not say yet that it is nowhere. */
async function isDead(owner: Owner, self: Owner, path: string): Promise<boolean> {
  if (!isAskable(owner, self)) return false;
  return (await readStartTicks(owner.pid)) !== owner.startTicks && (await isLockFree(path));
}

function isAskable(owner: Owner, self: Owner): boolean {
  return owner.bootId === self.bootId && owner.pidNamespace === self.pidNamespace;
}

async function readSelf(): Promise<Owner> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim().replaceAll('-', '');
  const pidNamespace = /[0-9]+/.exec(await readlink('/proc/self/ns/pid'))?.[0] ?? '0';
  const startTicks = await readStartTicks(process.pid);
  if (startTicks === null) throw new Error(`process ${process.pid} is not in /proc`);
  return { bootId, pidNamespace, pid: process.pid, startTicks };
}

/** Field 22 of /proc/PID/stat (proc(5)); `null` when there is no such process. Field 2 may hold spaces, so counting begins behind its bracket. */
async function readStartTicks(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie holds nothing any more; its parent has only not looked yet.
  return state === 'Z' ? null : Number(rest[18]);
}

function formatOwner({ bootId, pidNamespace, pid, startTicks }: Owner): string {
  return `${bootId}-${pidNamespace}-${pid}-${startTicks}`;
}

function parseOwner(name: string): Owner | null {
  const match = /^([0-9a-f]{32})-([0-9]+)-([0-9]+)-([0-9]+)-[A-Za-z0-9]{6}$/.exec(name);
  if (match === null) return null;
  const [, bootId = '', pidNamespace = '', pid, startTicks] = match;
  return { bootId, pidNamespace, pid: Number(pid), startTicks: Number(startTicks) };
}
