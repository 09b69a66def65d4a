import type { Snapshot } from '../model/counters.ts';
import type { KernelUnits } from './auxiliary-vector.ts';
import { readConntrack } from './conntrack.ts';
import { readCpuTimes } from './cpu.ts';
import { readAvailableMemoryBytes } from './memory.ts';
import { type GroupRoots, summarizeProcessGroups } from './process-groups.ts';
import { readProcessTable } from './process-table.ts';

export interface SnapshotSources {
  readonly units: KernelUnits;
  readonly groups: readonly GroupRoots[];
  /** A process that lives in the network namespace of the node, for its conntrack table. */
  readonly nodePid: number | 'self';
}

/**
 * Everything countable on one node of this machine now. Reads /proc only, no fork; about 1 ms of CPU with 60 processes
 * (it grows with the number of processes that this /proc shows). It blocks: nothing else shall come between its parts.
 */
export function takeSnapshot(sources: SnapshotSources): Snapshot {
  const wallMs = Date.now();
  const monotonicMs = performance.now();
  return {
    wallMs,
    monotonicMs,
    cpu: readCpuTimes(sources.units.ticksPerS),
    groups: summarizeProcessGroups(sources.groups, readProcessTable(), sources.units),
    conntrack: readConntrack(sources.nodePid),
    availableMemoryBytes: readAvailableMemoryBytes(),
  };
}
