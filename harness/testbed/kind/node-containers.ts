import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GroupCounters, ProcessGroup } from '../../model/counters.ts';
import type { KindNodes } from './kind-cluster.ts';

/** What each node used, by its container. */
export function readContainers(nodes: KindNodes): Partial<Record<ProcessGroup, GroupCounters>> {
  const found: Partial<Record<ProcessGroup, GroupCounters>> = {};
  for (const [group, node] of [
    ['client-node', nodes.client],
    ['server-node', nodes.server],
    ['control-plane', nodes.controlPlane],
  ] as const) {
    const counters = node.pid === null ? null : readContainer(node.pid);
    if (counters !== null) found[group] = counters;
  }
  return found;
}

const CGROUPS = '/sys/fs/cgroup';

/**
 * CPU and memory of the container that a process is the first of, by its cgroup (v2, or v1's cpuacct and memory). Time in soft interrupts is not charged to it.
 * `null` where the cgroups of this machine cannot be read.
 */
function readContainer(pid: number): GroupCounters | null {
  try {
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
    const pathOf = (controller: string) =>
      lines.map((line) => line.split(':')).find(([, names]) => names?.split(',').includes(controller) === true)?.[2];
    const cpuacct = pathOf('cpuacct');
    return cpuacct === undefined ? readUnified(pathOf('') ?? '') : readLegacy(cpuacct, pathOf('memory') ?? '');
  } catch {
    return null;
  }
}

/** systemd, the first process, moves itself into init.scope: the container's own group is the one above. */
function containerPath(path: string): string {
  return path.replace(/\/init(\.scope)?$/, '');
}

function readUnified(path: string): GroupCounters {
  const directory = join(CGROUPS, containerPath(path));
  const usage = /^usage_usec (\d+)$/m.exec(readFileSync(join(directory, 'cpu.stat'), 'utf8'))?.[1];
  const rssBytes = Number(readFileSync(join(directory, 'memory.current'), 'utf8'));
  return { cpuUs: Number(usage), rssBytes, processes: 0 };
}

function readLegacy(cpuPath: string, memoryPath: string): GroupCounters {
  const usageNs = Number(readFileSync(join(CGROUPS, 'cpuacct', containerPath(cpuPath), 'cpuacct.usage'), 'utf8'));
  const memory = join(CGROUPS, 'memory', containerPath(memoryPath), 'memory.usage_in_bytes');
  return { cpuUs: usageNs / 1000, rssBytes: Number(readFileSync(memory, 'utf8')), processes: 0 };
}
