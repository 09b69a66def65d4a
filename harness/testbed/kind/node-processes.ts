import { readFileSync } from 'node:fs';
import { type ProcessRow, readProcessTable } from '../../measure/process-table.ts';

/** Processes of that name in a node whose parent has another name: the roots of a group (NGINX's master, not its worker). */
export function findInNode(
  rows: ReadonlyMap<number, ProcessRow>,
  nodePid: number | null,
  name: string,
): readonly number[] {
  if (nodePid === null) return [];
  return [...rows.values()]
    .filter((row) => readName(row.pid) === name && readName(row.parentPid) !== name && isInside(row, rows, nodePid))
    .map((row) => row.pid);
}

function isInside(row: ProcessRow, rows: ReadonlyMap<number, ProcessRow>, nodePid: number): boolean {
  let current: ProcessRow | undefined = row;
  for (let generation = 0; current !== undefined && generation < 64; generation += 1) {
    if (current.pid === nodePid) return true;
    current = rows.get(current.parentPid);
  }
  return false;
}

function readName(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
  } catch {
    return null;
  }
}

/** A process of the pod, for its network namespace: the one whose host name is the pod's, which every process of the pod shares. */
export function findPodPid(nodePid: number | null, podName: string): number | null {
  if (nodePid === null) return null;
  const rows = readProcessTable();
  const inside = [...rows.values()].filter((row) => readName(row.pid) === 'sleep' && isInside(row, rows, nodePid));
  return inside.find((row) => readEnvironment(row.pid).includes(`HOSTNAME=${podName}`))?.pid ?? null;
}

function readEnvironment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
