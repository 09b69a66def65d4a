import type { NodeProxy } from '../../dataplane/kube-proxy/found.ts';
import type { KernelUnits } from '../../measure/auxiliary-vector.ts';
import { summarizeProcessGroups } from '../../measure/process-groups.ts';
import { readProcessTable } from '../../measure/process-table.ts';
import { takeSnapshot } from '../../measure/snapshot.ts';
import { startWireCapture } from '../../measure/wire/capture.ts';
import type { RunningCapture } from '../../measure/wire/running-capture.ts';
import type { GroupCounters, Snapshot } from '../../model/counters.ts';
import type { LoadSpec } from '../../model/load.ts';
import type { NodeEyes } from '../kubernetes-shared/place.ts';
import type { KindNode, KindNodes } from './kind-cluster.ts';
import { readContainers } from './node-containers.ts';
import { findInNode } from './node-processes.ts';

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
  readonly sight: NonNullable<NodeEyes['sight']>;
  readonly #options: KindEyesOptions;
  #capturePid: number | null = null;

  constructor(options: KindEyesOptions) {
    this.#options = options;
    this.proxy = options.proxy;
    const { nodes, clientPodPid } = options;
    const seen = clientPodPid === null ? 'no-pod' : 'whole';
    this.sight = nodes.client.pid === null ? 'no-processes' : seen;
  }

  async snapshot(): Promise<Snapshot> {
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
      // There is no process 0, and so nothing is read for it.
      nodePid: nodes.client.pid ?? 0,
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
      slowness: 1,
      signal,
    });
    this.#capturePid = capture.pid;
    return capture;
  }

  async proxyCounters(): Promise<GroupCounters | null> {
    const rows = readProcessTable();
    const pids = findInNode(rows, this.#options.nodes.client.pid, 'kube-proxy');
    const group = { group: 'kube-proxy' as const, pids, endedChildren: 'count' as const };
    return summarizeProcessGroups([group], rows, this.#options.units)['kube-proxy'] ?? null;
  }
}
