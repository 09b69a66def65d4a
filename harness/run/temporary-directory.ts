import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainDiskError } from '../system/atomic-file.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { cacheDirectory } from '../system/xdg.ts';

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
  return join(cacheDirectory(env), 'runs');
}

/** Makes it with its owner in its name. To be called by the outermost process: its pid is what a later start can ask for. */
export async function makeTemporaryDirectory(
  env: Readonly<Record<string, string | undefined>>,
): Promise<TemporaryDirectory> {
  const root = temporaryRoot(env);
  try {
    await makeDirectory(root, { mode: 0o700 });
    const path = await mkdtemp(join(root, `${formatOwner(await readSelf())}-`));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  } catch (error) {
    throw explainDiskError(error, root);
  }
}

/** Temporary directories whose owner is surely dead. Names that are none of ours, and owners in other pid namespaces, are left alone. */
export async function findDeadTemporaryDirectories(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const root = temporaryRoot(env);
  const self = await readSelf();
  const dead: string[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    const owner = parseOwner(name);
    if (owner !== null && (await isDead(owner, self))) dead.push(join(root, name));
  }
  return dead;
}

/** Removes them and returns which. */
export async function clearDeadTemporaryDirectories(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const dead = await findDeadTemporaryDirectories(env);
  await Promise.all(dead.map((path) => rm(path, { recursive: true, force: true })));
  return dead;
}

async function isDead(owner: Owner, self: Owner): Promise<boolean> {
  if (owner.bootId !== self.bootId) return true;
  if (owner.pidNamespace !== self.pidNamespace) return false;
  return (await readStartTicks(owner.pid)) !== owner.startTicks;
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
