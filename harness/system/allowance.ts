import { readdirSync, statSync } from 'node:fs';
import { type ControlGroups, findControlGroups, type ReadText, readText } from './cgroup.ts';

/**
 * What this process and those that it starts may use of the machine, which is what they can count on: a container, a service or a batch job gets a part, and every
 * number that the machine tells about itself (/proc/meminfo, /proc/cpuinfo) is of the whole.
 */
export interface Allowance {
  /** CPUs that it may run on: the affinity, cpusets included. */
  readonly affinityCores: number;
  /** CPU time per time that its control groups give, in cores; `null` where they give any. */
  readonly quotaCores: number | null;
  readonly memoryLimitBytes: number | null;
  /** Processes and threads that its control groups and its user's limit still allow; `null` where they set no number. */
  readonly freeTasks: number | null;
  /** Files that a process may have open (the hard limit: Node and Go raise the soft one). */
  readonly openFiles: number;
  /** How large a file may become (the soft limit: nobody raises that one). */
  readonly fileBytes: number;
}

/** `countTasks`: processes and threads that this process's user has by now. */
export function readAllowance(read: ReadText = readText, countTasks = countTasksOfUser): Allowance {
  return {
    affinityCores: countCpus(/^Cpus_allowed_list:\s*(\S+)/m.exec(read('/proc/self/status') ?? '')?.[1] ?? '0'),
    quotaCores: readQuotaCores(read),
    memoryLimitBytes: least(memoryGroups(read).map((one) => one.limitBytes)),
    freeTasks: least([readFreeTasks(read), readFreeTasksOfUser(read, countTasks)]),
    openFiles: readLimit('Max open files', read).hard,
    fileBytes: readLimit('Max file size', read).soft,
  };
}

/** Cores that may be used: a part of one where a quota says so. */
export function usableCores({ affinityCores, quotaCores }: Pick<Allowance, 'affinityCores' | 'quotaCores'>): number {
  return quotaCores === null ? affinityCores : Math.min(affinityCores, quotaCores);
}

/** Memory that the control groups still allow, in bytes; `null` where they set no limit. What the kernel can take back (file pages that nobody used lately) counts as free. */
export function readAllowedMemoryBytes(read: ReadText = readText): number | null {
  return least(
    memoryGroups(read).map(({ limitBytes, usedBytes }) =>
      limitBytes === null ? null : Math.max(0, limitBytes - usedBytes),
    ),
  );
}

/** "0-3,8" → 5. */
export function countCpus(list: string): number {
  return list.split(',').reduce((sum, part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
}

function readQuotaCores(read: ReadText): number | null {
  const groups = findControlGroups('cpu', read);
  return least(groups?.directories.map((directory) => groupQuotaCores(directory, groups.version, read)) ?? []);
}

/** Version 2: `50000 100000`, or `max 100000`; version 1 has a file each, and -1 for none. */
function groupQuotaCores(directory: string, version: 1 | 2, read: ReadText): number | null {
  const text =
    version === 2
      ? read(`${directory}/cpu.max`)
      : `${read(`${directory}/cpu.cfs_quota_us`) ?? ''} ${read(`${directory}/cpu.cfs_period_us`) ?? ''}`;
  const [quotaUs = Number.NaN, periodUs = Number.NaN] = (text ?? '').trim().split(/\s+/).map(Number);
  return quotaUs > 0 && periodUs > 0 ? quotaUs / periodUs : null;
}

interface MemoryGroup {
  readonly limitBytes: number | null;
  readonly usedBytes: number;
}

/** What version 1 says when there is no limit: the largest number that a counter of pages holds. */
const NO_LIMIT_BYTES = 2 ** 60;

function memoryGroups(read: ReadText): readonly MemoryGroup[] {
  const groups = findControlGroups('memory', read);
  return groups?.directories.map((directory) => memoryGroup(directory, groups, read)) ?? [];
}

function memoryGroup(directory: string, { version }: ControlGroups, read: ReadText): MemoryGroup {
  const number = (name: string) => parseNumber(read(`${directory}/${name}`));
  // Above memory.high nothing is killed, but everything is held up: no place to measure in.
  const limits = version === 2 ? ['memory.max', 'memory.high'] : ['memory.limit_in_bytes'];
  const used = number(version === 2 ? 'memory.current' : 'memory.usage_in_bytes') ?? 0;
  const idle = version === 2 ? /^inactive_file (\d+)$/m : /^total_inactive_file (\d+)$/m;
  const idleBytes = Number(idle.exec(read(`${directory}/memory.stat`) ?? '')?.[1] ?? 0);
  const limitBytes = least(limits.map(number));
  return {
    limitBytes: limitBytes === null || limitBytes >= NO_LIMIT_BYTES ? null : limitBytes,
    usedBytes: Math.max(0, used - idleBytes),
  };
}

function readFreeTasks(read: ReadText): number | null {
  const groups = findControlGroups('pids', read);
  return least(
    groups?.directories.map((directory) => {
      const most = parseNumber(read(`${directory}/pids.max`));
      return most === null ? null : Math.max(0, most - (parseNumber(read(`${directory}/pids.current`)) ?? 0));
    }) ?? [],
  );
}

/** What `ulimit -u` still allows the user: of all of his processes and threads on this machine. Root is free of it, the root of a container with its own users is not. */
function readFreeTasksOfUser(read: ReadText, countTasks: () => number): number | null {
  const { soft } = readLimit('Max processes', read);
  const isRoot = /^Uid:\s+\d+\s+0\s/m.test(read('/proc/self/status') ?? '');
  const hasAllUsers = /^\s*0\s+0\s+4294967295\s*$/.test(read('/proc/self/uid_map') ?? '');
  if (!Number.isFinite(soft) || (isRoot && hasAllUsers)) return null;
  return Math.max(0, soft - countTasks());
}

function countTasksOfUser(): number {
  const uid = process.getuid?.();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => sum + countTasks(pid, uid), 0);
}

/** 0 for a process of somebody else, or one that has ended. */
function countTasks(pid: string, uid: number | undefined): number {
  try {
    return statSync(`/proc/${pid}`).uid === uid ? readdirSync(`/proc/${pid}/task`).length : 0;
  } catch {
    return 0;
  }
}

/** Of /proc/self/limits (proc(5)): name, soft limit, hard limit, unit. */
function readLimit(name: string, read: ReadText): { readonly soft: number; readonly hard: number } {
  const line = (read('/proc/self/limits') ?? '').split('\n').find((one) => one.startsWith(name));
  const [soft, hard] = line?.slice(name.length).trim().split(/\s+/) ?? [];
  return { soft: parseLimit(soft), hard: parseLimit(hard) };
}

function parseLimit(text = 'unlimited'): number {
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}

/** `null` for what is no number, such as "max". */
function parseNumber(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^\d+$/.test(trimmed) ? Number(trimmed) : null;
}

function least(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((one) => one !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** 367001600 → "350 MB": counted in 1,024 as everything does that sets such a limit (`docker run --memory 350m`, systemd's MemoryMax=350M). */
export function formatLimit(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MB` : `${Number((mebibytes / 1024).toFixed(1))} GB`;
}
