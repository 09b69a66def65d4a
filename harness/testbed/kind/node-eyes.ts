import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelUnits } from '../../measure/auxiliary-vector.ts';
import { summarizeProcessGroups } from '../../measure/process-groups.ts';
import { type ProcessRow, readProcessTable } from '../../measure/process-table.ts';
import { takeSnapshot } from '../../measure/snapshot.ts';
import { startWireCapture } from '../../measure/wire/capture.ts';
import type { GroupCounters, ProcessGroup, Snapshot } from '../../model/counters.ts';
import type { LoadSpec } from '../../model/load.ts';
import type { NodeEyes } from '../kubernetes-shared/kubernetes-node.ts';
import type { NodeProxy } from '../kubernetes-shared/node-proxy.ts';
import type { RunningCapture } from '../testbed.ts';
import type { KindNode } from './kind-cluster.ts';

export interface KindNodes {
  readonly controlPlane: KindNode;
  readonly client: KindNode;
  readonly server: KindNode;
}

export interface KindEyesOptions {
  readonly nodes: KindNodes;
  readonly proxy: NodeProxy | null;
  readonly units: KernelUnits;
  /** `null`: no capture (several client pods, or no process of the pod to find). */
  readonly clientPodPid: number | null;
  readonly temporaryDirectory: string;
  readonly signal: AbortSignal;
}

/** kind's nodes are containers of this machine: everything is read here, from the host's /proc and cgroups, and nothing runs in the nodes for it. */
export class KindEyes implements NodeEyes {
  readonly proxy: NodeProxy | null;
  readonly #options: KindEyesOptions;
  #capturePid: number | null = null;

  constructor(options: KindEyesOptions) {
    this.#options = options;
    this.proxy = options.proxy;
  }

  async snapshot(syncCount: number | null): Promise<Snapshot> {
    const { nodes, units } = this.#options;
    const rows = readProcessTable();
    const pids = (name: string, node: KindNode) => findInNode(rows, node.pid, name);
    const snapshot = takeSnapshot({
      units,
      groups: [
        { group: 'kube-proxy', pids: pids('kube-proxy', nodes.client), endedChildren: 'count' },
        { group: 'nginx', pids: pids('nginx', nodes.server), endedChildren: 'count' },
        { group: 'client', pids: pids('node', nodes.client), endedChildren: 'count' },
        { group: 'capture', pids: this.#capturePid === null ? [] : [this.#capturePid], endedChildren: 'count' },
        { group: 'harness', pids: [process.pid], endedChildren: 'ignore' },
      ],
      nodePid: nodes.client.pid,
      syncCount,
    });
    return { ...snapshot, groups: { ...snapshot.groups, ...readContainers(nodes) } };
  }

  /** tcpdump of this machine, in the network namespace of the client's pod: its end of the veth is what the netns laboratory captures at, too. */
  async startCapture(spec: LoadSpec): Promise<RunningCapture | null> {
    const { clientPodPid, temporaryDirectory, signal } = this.#options;
    if (clientPodPid === null) return null;
    const capture = await startWireCapture({
      commandPrefix: ['nsenter', `--net=/proc/${clientPodPid}/ns/net`],
      interface: 'eth0',
      directory: temporaryDirectory,
      targets: spec.targets,
      signal,
    });
    this.#capturePid = capture.pid;
    return capture;
  }

  proxyCounters(): GroupCounters | null {
    const rows = readProcessTable();
    const pids = findInNode(rows, this.#options.nodes.client.pid, 'kube-proxy');
    const group = { group: 'kube-proxy' as const, pids, endedChildren: 'count' as const };
    return summarizeProcessGroups([group], rows, this.#options.units)['kube-proxy'] ?? null;
  }
}

/** Processes of that name in a node whose parent has another name: the roots of a group (NGINX's master, not its worker). */
export function findInNode(rows: ReadonlyMap<number, ProcessRow>, nodePid: number, name: string): readonly number[] {
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
export function findPodPid(nodePid: number, podName: string): number | null {
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

function readContainers(nodes: KindNodes): Partial<Record<ProcessGroup, GroupCounters>> {
  const found: Partial<Record<ProcessGroup, GroupCounters>> = {};
  for (const [group, node] of [
    ['client-node', nodes.client],
    ['server-node', nodes.server],
    ['control-plane', nodes.controlPlane],
  ] as const) {
    const counters = readContainer(node.pid);
    if (counters !== null) found[group] = counters;
  }
  return found;
}

const CGROUPS = '/sys/fs/cgroup';

/**
 * CPU and memory of the container that a process is the first of, by its cgroup (v2, or v1's cpuacct and memory). Time in soft interrupts is not charged to it.
 * `null` where the cgroups of this machine cannot be read.
 */
export function readContainer(pid: number): GroupCounters | null {
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
