import { formatLimit, readAllowance } from './allowance.ts';
import { findControlGroups, type ReadText, readText } from './cgroup.ts';

/**
 * Processes that the kernel has killed for memory so far: in this control group, whoever's limit it was, or on the whole machine where the group does not count. `null` where nothing tells.
 * Two readings say whether it was memory, without dmesg, which an ordinary user may not read.
 */
export function readMemoryKills(read: ReadText = readText): number | null {
  const groups = findControlGroups('memory', read);
  const [own] = groups?.directories ?? [];
  const file = groups?.version === 1 ? 'memory.oom_control' : 'memory.events';
  const inGroup = own === undefined ? null : parseKills(read(`${own}/${file}`));
  return inGroup ?? parseKills(read('/proc/vmstat'));
}

function parseKills(text: string | null): number | null {
  const count = /^oom_kill (\d+)$/m.exec(text ?? '')?.[1];
  return count === undefined ? null : Number(count);
}

/** How something ended that was started while `before` processes had been killed for memory. */
export interface EndOfProcess {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** Whether the kernel killed it for memory, as far as can be known. */
export function wasKilledForMemory(end: EndOfProcess, before: number | null, read: ReadText = readText): boolean {
  if (end.signal !== 'SIGKILL' && end.exitCode !== 128 + 9) return false;
  return hasKilledSince(before, read);
}

export function hasKilledSince(before: number | null, read: ReadText = readText): boolean {
  const now = readMemoryKills(read);
  return before !== null && now !== null && now > before;
}

/** "killed, probably for memory: the limit of this container is 350 MB". */
export function describeMemoryKill(read: ReadText = readText): string {
  const { memoryLimitBytes } = readAllowance(read);
  const limit =
    memoryLimitBytes === null
      ? 'this machine had none left'
      : `the limit of this container is ${formatLimit(memoryLimitBytes)}`;
  return `killed, probably for memory: ${limit}`;
}

/** What to do about it. */
export const MEMORY_REMEDY = 'give the container more memory, or measure fewer Services or fewer modes at once';

/** "exit code 3", "killed (SIGKILL) by somebody else, …": for people, behind the process's name. */
export function describeEnd(end: EndOfProcess, before: number | null, read: ReadText = readText): string {
  if (wasKilledForMemory(end, before, read)) return `was ${describeMemoryKill(read)}`;
  if (end.signal === null) return `ended by itself (exit code ${end.exitCode})`;
  return `was ended by ${end.signal}${SIGNAL_CAUSES[end.signal] ?? ''}`;
}

/** Who sends such a signal to a process that did not ask for it. */
const SIGNAL_CAUSES: Readonly<Record<string, string>> = {
  SIGKILL: ' from outside (kill -9, a supervisor, or a kernel that was out of memory)',
  SIGABRT: ', which it sent to itself: it found itself broken, or was out of its own memory',
  SIGSEGV: ': it crashed',
  SIGBUS: ': it crashed, or a file that it had mapped went away',
  SIGILL: ': it was made for another CPU',
  SIGXCPU: ': its CPU time was up (ulimit -t)',
  SIGXFSZ: ': a file became larger than allowed (ulimit -f)',
  SIGSYS: ': it called what a seccomp profile forbids',
};
