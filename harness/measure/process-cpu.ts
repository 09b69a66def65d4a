import { readFileSync } from 'node:fs';

/**
 * CPU time of a single-threaded process in µs, from the scheduler's own nanoseconds (/proc/PID/schedstat, Documentation/scheduler/sched-stats.rst);
 * `null` when the process is gone or the kernel keeps none (CONFIG_SCHED_INFO).
 */
export function readThreadCpuUs(pid: number): number | null {
  try {
    const onCpuNs = Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[0]);
    return Number.isFinite(onCpuNs) ? onCpuNs / 1000 : null;
  } catch {
    return null;
  }
}
