import { readdirSync, readFileSync } from 'node:fs';

/** What /proc/PID/stat says of one process; times in ticks of USER_HZ. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly state: string;
  /** Time of the process itself, all its threads, ended ones included. */
  readonly ownTicks: number;
  /** Time of its children that have ended and been waited for, with theirs. */
  readonly endedChildrenTicks: number;
  readonly rssPages: number;
}

/**
 * One /proc/PID/stat (proc_pid_stat(5)) → row; `null` when the text is not one. The name is in parentheses and may itself hold
 * spaces and parentheses, so the fields are counted from the last ")".
 */
export function parseProcessRow(stat: string): ProcessRow | null {
  const nameEnd = stat.lastIndexOf(')');
  const pid = Number.parseInt(stat, 10);
  if (nameEnd < 0 || Number.isNaN(pid)) return null;
  const fields = stat.slice(nameEnd + 2).split(' ');
  if (fields.length < 22) return null;
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid,
    parentPid: field(4),
    state: fields[0] ?? '?',
    ownTicks: field(14) + field(15),
    endedChildrenTicks: field(16) + field(17),
    rssPages: field(24),
  };
}

function readRow(procPath: string, pid: string): ProcessRow | null {
  try {
    return parseProcessRow(readFileSync(`${procPath}/${pid}/stat`, 'latin1'));
  } catch {
    // The process ended between the listing and the reading.
    return null;
  }
}

/** Every process that this /proc shows, by pid. Not atomic: about 10 µs lie between one row and the next. */
export function readProcessTable(procPath = '/proc'): ReadonlyMap<number, ProcessRow> {
  const table = new Map<number, ProcessRow>();
  for (const name of readdirSync(procPath)) {
    const first = name.charCodeAt(0);
    if (first < 0x30 || first > 0x39) continue;
    const row = readRow(procPath, name);
    if (row !== null) table.set(row.pid, row);
  }
  return table;
}
