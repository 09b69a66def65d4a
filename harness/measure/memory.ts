import { readFileSync } from 'node:fs';
import { readAllowedMemoryBytes } from '../system/allowance.ts';

/** Bytes that /proc/meminfo gives under a name (`MemAvailable`, `MemTotal`); throws when it is not there. */
export function parseMemoryBytes(meminfo: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1];
  if (kibibytes === undefined) throw new Error(`/proc/meminfo has no ${name}`);
  return Number(kibibytes) * 1024;
}

/** Memory that could be had without swapping, in bytes, by the kernel's own estimate. */
export function readAvailableMemoryBytes(procPath = '/proc'): number {
  return parseMemoryBytes(readFileSync(`${procPath}/meminfo`, 'latin1'), 'MemAvailable');
}

/** Memory that this process and those that it starts can have: what the machine has left, and what the control groups around it still allow. */
export function readUsableMemoryBytes(): number {
  return Math.min(readAvailableMemoryBytes(), readAllowedMemoryBytes() ?? Number.POSITIVE_INFINITY);
}
