import type { NodeProxy } from '../../dataplane/kube-proxy/found.ts';
import type { TablesAccess } from '../../measure/tables/read-tables.ts';
import type { RunningCapture } from '../../measure/wire/running-capture.ts';
import type { GroupCounters, Snapshot } from '../../model/counters.ts';
import type { LoadSpec } from '../../model/load.ts';
import type { Mode, Routing } from '../../model/mode.ts';
import { type KernelObjects, NO_KERNEL_OBJECTS } from '../../model/target.ts';
import type { ForeignPorts } from './foreign-services.ts';
import type { ReadNodeClock } from './node-clock.ts';
import type { ServiceObjects } from './service-objects.ts';
import type { Workspace } from './workspace.ts';

/** How the client's node is looked at; each kind of testbed has its own way. */
export interface NodeEyes {
  /** `null` where nothing runs or its pages cannot be reached. */
  readonly proxy: NodeProxy | null;
  /** Where nodes are processes of this machine: whether they are seen, and the client's pod among them. */
  readonly sight?: 'whole' | 'no-pod' | 'no-processes';
  snapshot(): Promise<Snapshot>;
  /** `null` where it cannot capture. */
  startCapture(spec: LoadSpec): Promise<RunningCapture | null>;
  /** kube-proxy's CPU and memory so far; `null` where it cannot be seen. */
  proxyCounters(): Promise<GroupCounters | null>;
}

/** What one cluster's client node is known by. */
export interface NodeFacts {
  readonly proxyMode: string | null;
  readonly proxyVersion: string | null;
  readonly proxySha256: string | null;
  readonly effectiveConfig: string | null;
  readonly iptablesBackend: 'legacy' | 'nft' | null;
  /** What was in the kernel before the first Service of ours: the cluster's own Services, the kubelet's chains. */
  readonly baseline: KernelObjects;
  /** And its rules that lead to endpoints; `null` in modes without. */
  readonly baselineEndpointRules: number | null;
  /** The Services that were not ours then; `null` when the tables cannot be read. */
  readonly foreign: ForeignPorts | null;
}

export const NO_FACTS: NodeFacts = {
  proxyMode: null,
  proxyVersion: null,
  proxySha256: null,
  effectiveConfig: null,
  iptablesBackend: null,
  baseline: NO_KERNEL_OBJECTS,
  baselineEndpointRules: null,
  foreign: null,
};

/** One mode's cluster, open, in the hands of a block. */
export interface ClusterPlace {
  readonly mode: Mode;
  /** What the tables hold: for a mode as it was found, whatever kube-proxy says it runs; `null` when the tables cannot be read. */
  readonly routing: Routing | null;
  /** Of the namespaces that the Services go into. */
  readonly namespacePrefix: string;
  /** Where the synthetic endpoints are, of which nobody in the cluster has one; `null` without any. */
  readonly endpointRange: string | null;
  readonly workspace: Workspace;
  readonly services: ServiceObjects;
  readonly eyes: NodeEyes;
  readonly tables: TablesAccess | null;
  readonly facts: NodeFacts;
  /** The wall clock of the node, by which kube-proxy's times are; it may be off by any amount, and be set while the run goes on. */
  readonly readClock: ReadNodeClock;
}
