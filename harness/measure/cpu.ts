import { readFileSync } from 'node:fs';
import type { CpuTimes, CpuUse } from '../model/counters.ts';

/**
 * /proc/stat → CPU seconds since boot, all cores together (proc_stat(5)). `nice` counts as user, iowait as idle; guest time is
 * left alone, because the kernel has put it into user and nice already. /proc/stat is the machine's in every namespace.
 * Throws when there is no line `cpu`.
 */
export function parseCpuTimes(procStat: string, ticksPerS: number): CpuTimes {
  const line = /^cpu\s+(.*)$/m.exec(procStat)?.[1];
  if (line === undefined) throw new Error('/proc/stat has no line "cpu"');
  const ticks = line.trim().split(/\s+/).map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks;
  return {
    userS: (user + nice) / ticksPerS,
    systemS: system / ticksPerS,
    irqS: irq / ticksPerS,
    softirqS: softirq / ticksPerS,
    stealS: steal / ticksPerS,
    idleS: (idle + iowait) / ticksPerS,
    cores: procStat.match(/^cpu\d/gm)?.length ?? 1,
  };
}

/** The machine's CPU times now. */
export function readCpuTimes(ticksPerS: number, procPath = '/proc'): CpuTimes {
  return parseCpuTimes(readFileSync(`${procPath}/stat`, 'latin1'), ticksPerS);
}

/**
 * Average cores in use between two readings that lie `durationMs` apart (by a monotonic clock). A class that went backwards
 * (iowait and, across suspends, steal can) counts as 0.
 */
export function summarizeCpuUse(before: CpuTimes, after: CpuTimes, durationMs: number): CpuUse {
  if (!(durationMs > 0)) throw new Error(`CPU use needs a stretch of time, got ${durationMs} ms`);
  const cores = (key: Exclude<keyof CpuTimes, 'cores'>) => Math.max(0, after[key] - before[key]) / (durationMs / 1000);
  const use = {
    userCores: cores('userS'),
    systemCores: cores('systemS'),
    irqCores: cores('irqS'),
    softirqCores: cores('softirqS'),
    stealCores: cores('stealS'),
  };
  const busyCores = use.userCores + use.systemCores + use.irqCores + use.softirqCores;
  return { durationMs, ...use, busyCores, ...(after.cores === undefined ? {} : { cores: after.cores }) };
}
