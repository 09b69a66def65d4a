import type { GroupCounters, ProcessGroup } from '../model/counters.ts';
import type { KernelUnits } from './auxiliary-vector.ts';
import type { ProcessRow } from './process-table.ts';

/**
 * The processes of a group: its roots and what descends from them, down to the next root of any group.
 * `endedChildren: 'ignore'` is for the harness itself: it starts and waits for the processes of all other groups, and their time
 * would come back in its own counter when they end.
 */
export interface GroupRoots {
  readonly group: ProcessGroup;
  readonly pids: readonly number[];
  readonly endedChildren: 'count' | 'ignore';
}

interface Tally {
  ticks: number;
  rssPages: number;
  processes: number;
}

/** The nearest ancestor-or-self of a process that is a root; `undefined` when there is none. */
function nearestRoot(
  row: ProcessRow,
  table: ReadonlyMap<number, ProcessRow>,
  roots: ReadonlyMap<number, GroupRoots>,
): GroupRoots | undefined {
  let current: ProcessRow | undefined = row;
  // A table that is not atomic could hold a circle (a pid used again): 64 generations are more than any tree here has.
  for (let generation = 0; current !== undefined && generation < 64; generation += 1) {
    const root = roots.get(current.pid);
    if (root !== undefined) return root;
    current = table.get(current.parentPid);
  }
  return undefined;
}

/**
 * CPU and memory by group. A live process gives its own time and that of its children that ended (iptables-restore, nft), so
 * nothing counts twice: a child is either alive and counted itself, or ended and inside its parent's counter.
 * Not seen: a daemon that left its tree (its parent ended before it). Precision of one process: 1 tick (10 ms).
 * RSS counts a page once in every process that maps it: for NGINX's workers it is an upper bound.
 * A group none of whose roots is alive is left out.
 */
export function summarizeProcessGroups(
  groups: readonly GroupRoots[],
  table: ReadonlyMap<number, ProcessRow>,
  units: KernelUnits,
): Partial<Record<ProcessGroup, GroupCounters>> {
  const roots = new Map(groups.flatMap((group) => group.pids.map((pid) => [pid, group] as const)));
  const tallies = new Map<ProcessGroup, Tally>();
  for (const row of table.values()) {
    const root = nearestRoot(row, table, roots);
    if (root === undefined) continue;
    const tally = tallies.get(root.group) ?? { ticks: 0, rssPages: 0, processes: 0 };
    tallies.set(root.group, tally);
    tally.ticks += row.ownTicks + (root.endedChildren === 'count' ? row.endedChildrenTicks : 0);
    tally.rssPages += row.rssPages;
    tally.processes += 1;
  }
  return Object.fromEntries([...tallies].map(([group, tally]) => [group, countersOf(tally, units)]));
}

function countersOf(tally: Tally, units: KernelUnits): GroupCounters {
  return {
    cpuUs: (tally.ticks * 1e6) / units.ticksPerS,
    rssBytes: tally.rssPages * units.pageBytes,
    processes: tally.processes,
  };
}

/**
 * Average cores that a group used between two readings `durationMs` apart; `null` when one of them lacks the group or
 * its counter went backwards (a root ended or was replaced): then the difference is no measurement.
 */
export function groupCores(
  before: GroupCounters | undefined,
  after: GroupCounters | undefined,
  durationMs: number,
): number | null {
  if (before === undefined || after === undefined || after.cpuUs < before.cpuUs) return null;
  return (after.cpuUs - before.cpuUs) / (durationMs * 1000);
}
