import { readdirSync, readFileSync } from 'node:fs';

/** A container as its engine tells of it, and what its first process says of itself from inside. */
export interface ToldContainer {
  readonly id: string;
  /** By the engine's count, which may be another pid namespace's or another machine's. */
  readonly pid: number;
}

/**
 * The first process of a container as this /proc counts it; `null` when it is not among those that can be seen here. The engine's number is taken only when the process is in the
 * container's cgroup: under another engine's number runs somebody else's program.
 */
export function findContainerPid({ id, pid }: ToldContainer, proc = '/proc'): number | null {
  if (id === '') return null;
  if (isInContainer(pid, id, proc)) return pid;
  const inside = listPids(proc).filter((one) => isInContainer(one, id, proc));
  return inside.find((one) => pidInside(one, proc) === 1) ?? null;
}

function listPids(proc: string): readonly number[] {
  return readdirSync(proc)
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number);
}

function isInContainer(pid: number, id: string, proc: string): boolean {
  return read(`${proc}/${pid}/cgroup`).includes(id);
}

/** Its number in the innermost pid namespace. */
function pidInside(pid: number, proc: string): number {
  return Number(/^NSpid:.*\t(\d+)$/m.exec(read(`${proc}/${pid}/status`))?.[1]);
}

/** Where the cgroups tell nothing: the first process of a pid namespace that began at the same tick since the boot of the same kernel. */
export function findByStart(startTicks: string, proc = '/proc'): number | null {
  const firsts = listPids(proc).filter((pid) => pidInside(pid, proc) === 1 && startTicksOf(pid, proc) === startTicks);
  return firsts.length === 1 ? (firsts[0] ?? null) : null;
}

function startTicksOf(pid: number, proc: string): string {
  return parseStartTicks(read(`${proc}/${pid}/stat`));
}

/** Field 22 of /proc/PID/stat (proc(5)); "" when the text is none. */
export function parseStartTicks(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
