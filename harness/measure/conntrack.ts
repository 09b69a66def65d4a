import { readFileSync } from 'node:fs';
import type { Conntrack } from '../model/counters.ts';

type ConntrackStatistics = Omit<Conntrack, 'max'>;

/**
 * /proc/net/stat/nf_conntrack → sums over all CPUs. Numbers are hexadecimal; columns are found by their names, because kernels
 * differ (5.15 renamed `searched` to `clashres` and `delete_list` to `chainlength`). `entries` is no sum: every row repeats the
 * namespace's count of entries. Throws when a column that is needed is missing.
 */
export function parseConntrackStatistics(text: string): ConntrackStatistics {
  const [header = '', ...rows] = text.trim().split('\n');
  const names = header.trim().split(/\s+/);
  const table = rows.map((row) =>
    row
      .trim()
      .split(/\s+/)
      .map((hex) => Number.parseInt(hex, 16)),
  );
  const columnOf = (name: string) => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`/proc/net/stat/nf_conntrack has no column "${name}" (it has ${names.join(' ')})`);
    return table.map((row) => row[index] ?? 0);
  };
  const sum = (name: string) => columnOf(name).reduce((total, value) => total + value, 0);
  return {
    count: columnOf('entries')[0] ?? 0,
    drop: sum('drop'),
    earlyDrop: sum('early_drop'),
    insertFailed: sum('insert_failed'),
  };
}

/**
 * The conntrack table of the network namespace that process `pid` is in, without a fork: /proc/PID/net is that namespace's, and its
 * first column is the count of entries. The maximum is one variable for all namespaces, which every namespace shows.
 * `null` when this kernel counts no connections (no conntrack, or built without CONFIG_NF_CONNTRACK_PROCFS) or the process is gone.
 */
export function readConntrack(pid: number | 'self', procPath = '/proc'): Conntrack | null {
  try {
    const statistics = parseConntrackStatistics(readFileSync(`${procPath}/${pid}/net/stat/nf_conntrack`, 'latin1'));
    const max = Number(readFileSync(`${procPath}/sys/net/netfilter/nf_conntrack_max`, 'latin1'));
    return { ...statistics, max };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH' || code === 'EINVAL' || code === 'EACCES';
}
