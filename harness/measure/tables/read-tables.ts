import { findIptablesBackend, type IptablesBackend } from '../../mode/iptables/find-backend.ts';
import type { NodeTables, ReadingDepth, ReadLines } from '../../mode/mode.ts';
import { modeOf } from '../../mode/table.ts';
import type { Routing } from '../../model/mode.ts';
import type { LineSource } from './line-source.ts';

/** How to reach a node's tables: commands run behind `commandPrefix` (`nsenter --net=…`, `docker exec …`, nothing). */
export interface TablesAccess {
  readonly lines: LineSource;
  readonly commandPrefix: readonly string[];
  readonly signal?: AbortSignal;
}

/** What reads a node's tables, for the readers of mode/. */
export function linesOf({ lines, commandPrefix, signal }: TablesAccess): ReadLines {
  return (command, onLine) => lines.read([...commandPrefix, ...command], onLine, signal);
}

/** The flavour that a routing's rules stand in; `null` for routings without iptables, and where none stand. */
export function findBackendOf(access: TablesAccess, routing: Routing): Promise<IptablesBackend | null> {
  return modeOf({ routing }).iptables === null ? Promise.resolve(null) : findIptablesBackend(linesOf(access));
}

/** Counts everything that a routing mode puts into the kernel. */
export function loadNodeTables(
  access: TablesAccess,
  routing: Routing,
  depth: ReadingDepth = 'whole',
): Promise<NodeTables> {
  return modeOf({ routing }).readTables(linesOf(access), depth);
}
