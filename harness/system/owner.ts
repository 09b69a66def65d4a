import { readFile, readlink } from 'node:fs/promises';
import { sha256Hex } from './exec.ts';

/**
 * A process on this machine for ever, in at most 32 characters of a DNS label: what the harness makes outside itself carries it, so that a later start
 * can tell whether its maker is dead.
 */
export interface Owner {
  /** First 6 hex digits of the boot's id. */
  readonly boot: string;
  readonly pidNamespace: number;
  readonly pid: number;
  /** Clock ticks since boot at its start. */
  readonly startTicks: number;
}

export function formatOwner({ boot, pidNamespace, pid, startTicks }: Owner): string {
  return [boot, ...[pidNamespace, pid, startTicks].map((number) => number.toString(36))].join('-');
}

/** `null` for text that no owner makes. */
export function parseOwner(text: string): Owner | null {
  const match = /^([0-9a-f]{6})-([0-9a-z]{1,8})-([0-9a-z]{1,6})-([0-9a-z]{1,9})$/.exec(text);
  if (match === null) return null;
  const [, boot = '', ...numbers] = match;
  const [pidNamespace = 0, pid = 0, startTicks = 0] = numbers.map((digits) => Number.parseInt(digits, 36));
  return { boot, pidNamespace, pid, startTicks };
}

/** This process. */
export async function loadOwner(): Promise<Owner> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).slice(0, 6);
  const pidNamespace = Number(/[0-9]+/.exec(await readlink('/proc/self/ns/pid'))?.[0] ?? 0);
  return { boot, pidNamespace, pid: process.pid, startTicks: (await readStartTicks(process.pid)) ?? 0 };
}

/**
 * Surely dead: its process is gone from this very kernel. In another pid namespace or another boot it cannot be asked for and counts as alive: guests and containers may have this machine's id, and a
 * run of theirs would be destroyed.
 */
export async function isDead(owner: Owner, self: Owner): Promise<boolean> {
  if (!isAskable(owner, self)) return false;
  return (await readStartTicks(owner.pid)) !== owner.startTicks;
}

/** Whether this process can know about it at all. */
export function isAskable(owner: Owner, self: Owner): boolean {
  return owner.boot === self.boot && owner.pidNamespace === self.pidNamespace;
}

/** Field 22 of /proc/PID/stat (proc(5)); `null` when there is no such process or it is a zombie. */
async function readStartTicks(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? null : Number(rest[18]);
}

/** Tells machines apart that use one cluster, without naming them: a digest of the machine's id. */
export async function loadMachineLabel(): Promise<string> {
  const id = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  const fallback = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  return sha256Hex(`service-routing-bench ${id.trim() || fallback.trim()}`).slice(0, 12);
}
