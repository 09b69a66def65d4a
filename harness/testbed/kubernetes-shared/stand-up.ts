import { InvalidRunError } from '../../errors.ts';
import type { ApplicableObject } from '../../kubernetes/client/apply.ts';
import { makeServices, type ServiceTable } from '../../kubernetes/objects/service-table.ts';
import {
  findIptablesBackend,
  loadNodeTables,
  type NodeTables,
  type TablesAccess,
} from '../../measure/tables/kernel-objects.ts';
import { compareWithOracle } from '../../measure/tables/oracle.ts';
import type { GroupCounters } from '../../model/counters.ts';
import type { LoadTarget } from '../../model/load.ts';
import type { Mode, Routing } from '../../model/mode.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { BlockNode, KernelObjects, Programming } from '../../model/target.ts';
import type { ProxyMetrics } from '../../proxy/metrics.ts';
import { waitFor } from '../../system/wait.ts';
import { BACKEND_PORT } from '../netns/addresses.ts';
import { KubernetesNode, type NodeEyes } from './kubernetes-node.ts';
import type { RunLabels } from './labels.ts';
import { requirePodCapacity, SERVICE_LABEL, withOwnPods } from './own-pods.ts';
import { waitForPods } from './pods.ts';
import type { ServiceObjects } from './service-objects.ts';
import type { Workspace } from './workspace.ts';

const PROGRAMMING_DEADLINE_MS = 20 * 60_000;
const TARGETS_DEADLINE_MS = 60_000;
const OWN_PODS_DEADLINE_MS = 5 * 60_000;

/** What one cluster's client node is known by. */
export interface NodeFacts {
  readonly proxyMode: string | null;
  readonly proxyVersion: string | null;
  readonly proxySha256: string | null;
  readonly effectiveConfig: string | null;
  readonly iptablesBackend: 'legacy' | 'nft' | null;
  /** What stood in the kernel before the first Service of ours: the cluster's own Services, the kubelet's chains. */
  readonly baseline: KernelObjects;
}

/** One mode's cluster, open, in the hands of a block. */
export interface ClusterPlace {
  readonly mode: Mode;
  /** What the tables hold: for a mode as it was found, whatever kube-proxy says it runs; `null` when the tables cannot be read. */
  readonly routing: Routing | null;
  readonly workspace: Workspace;
  readonly services: ServiceObjects;
  readonly eyes: NodeEyes;
  readonly tables: TablesAccess | null;
  readonly facts: NodeFacts;
  /** kube-proxy's CPU and memory so far; `null` where it cannot be seen. */
  readonly proxyCounters: () => Promise<GroupCounters | null>;
  /** The node's wall clock less ours, ms: kube-proxy's times are by its own. */
  readonly clockOffsetMs: number;
}

export interface StandUpOptions {
  readonly scenario: Scenario;
  readonly sizeServices: number;
  readonly labels: RunLabels;
  readonly namespacePrefix: string;
  readonly signal: AbortSignal;
  readonly onProgress: (step: string, detail: string) => void;
}

/** The scenario's objects of one size for one cluster. Pure. */
export function makeClusterTable(place: Pick<ClusterPlace, 'workspace'>, options: StandUpOptions): ServiceTable {
  const { scenario, sizeServices, labels, namespacePrefix } = options;
  return makeServices({
    services: sizeServices,
    endpointsPerService: scenario.endpointsPerService,
    targets: scenario.targets,
    realBackends: place.workspace.backends,
    backends: scenario.backends === 'shared' ? 'shared' : 'distinct',
    targetPort: BACKEND_PORT,
    namespacePrefix,
    labels,
    triggerTime: null,
  });
}

/** Brings one cluster to a size: objects, the settle gate (metrics, tables, answers), and a look at what stands. */
export async function standUpInCluster(place: ClusterPlace, options: StandUpOptions): Promise<KubernetesNode> {
  const { onProgress, signal } = options;
  const { table, others } = await prepareTable(place, options);
  const { proxy } = place.eyes;
  const before = proxy === null ? null : await proxy.metrics();
  const cpuBefore = await place.proxyCounters();
  onProgress('loading objects', `${table.services.length} Services`);
  const applied = await place.services.apply(table, others);
  await waitForOwnPods(place, options, table);
  const lastChangeMs = applied.written === 0 ? 0 : applied.endedAtMs + place.clockOffsetMs;
  const targets = await place.services.targets(table);
  onProgress('programming', '');
  await waitForProxy(place, { lastChangeMs, signal });
  const tables = await waitForTables(place, { table, options });
  for (const client of place.workspace.clients) await place.workspace.waitForAnswers(client, targets);
  const programming = summarizeProgramming({
    applied,
    before,
    after: proxy?.lastMetrics ?? null,
    cpuBefore,
    cpuAfter: await place.proxyCounters(),
  });
  onProgress('settled', `${tables?.kernelObjects.natRules ?? '?'} nat rules`);
  const record = makeRecord(place, { options, targets, tables, programming });
  return new KubernetesNode({
    mode: place.mode,
    loadTargets: targets,
    record,
    workspace: place.workspace,
    eyes: place.eyes,
    lastChangeMs,
    signal,
  });
}

/** Straight to the pods, before any Service of ours stands. */
export function makeCalibrationNode(place: ClusterPlace, signal: AbortSignal): KubernetesNode {
  const targets = place.workspace.podTargets;
  const programming = summarizeProgramming({
    applied: null,
    before: null,
    after: null,
    cpuBefore: null,
    cpuAfter: null,
  });
  const record = recordOf(place, { sizeServices: 0, targets, tables: null, programming });
  return new KubernetesNode({
    mode: place.mode,
    loadTargets: targets,
    record,
    workspace: place.workspace,
    eyes: place.eyes,
    lastChangeMs: 0,
    signal,
  });
}

/** With `backends: pods` every Service has a selector and pods of its own, as many as the nodes hold. */
async function prepareTable(
  place: ClusterPlace,
  options: StandUpOptions,
): Promise<{ readonly table: ServiceTable; readonly others: readonly ApplicableObject[] }> {
  const table = makeClusterTable(place, options);
  const { scenario, labels, sizeServices } = options;
  if (scenario.backends !== 'pods') return { table, others: [] };
  const { endpointsPerService } = scenario;
  const { nodeSelector, image } = place.workspace.backendPlace;
  await requirePodCapacity(place.workspace.kubeConfig, { pods: sizeServices * endpointsPerService, nodeSelector });
  const own = withOwnPods(table, { endpointsPerService, place: { labels, image, nodeSelector } });
  return { table: own.table, others: [...own.configs, ...own.pods] };
}

async function waitForOwnPods(place: ClusterPlace, options: StandUpOptions, table: ServiceTable): Promise<void> {
  if (options.scenario.backends !== 'pods') return;
  for (const { metadata } of table.namespaces) {
    const namespace = metadata?.name ?? '';
    const services = table.services.filter((service) => service.metadata?.namespace === namespace).length;
    await waitForPods({
      kubeConfig: place.workspace.kubeConfig,
      namespace,
      selector: SERVICE_LABEL,
      count: services * options.scenario.endpointsPerService,
      what: "Services' own pods",
      deadlineMs: OWN_PODS_DEADLINE_MS,
      signal: options.signal,
      onProgress: (text) => options.onProgress('pods', text),
    });
  }
}

function waitForProxy(place: ClusterPlace, state: { lastChangeMs: number; signal: AbortSignal }): Promise<null> {
  const { proxy } = place.eyes;
  if (proxy === null) return Promise.resolve(null);
  return waitFor({
    look: async () => {
      const why = await proxy.unsettled(state.lastChangeMs);
      return why === null ? { holds: true, value: null } : { holds: false, why };
    },
    deadlineMs: PROGRAMMING_DEADLINE_MS,
    pauseMs: 300,
    onTimeout: (why) => notSettled(place, why),
    signal: state.signal,
  });
}

/** kube-proxy's metrics say that it is done; the kernel has the last word. */
async function waitForTables(
  place: ClusterPlace,
  parts: { table: ServiceTable; options: StandUpOptions },
): Promise<NodeTables | null> {
  const { tables: access, routing, facts } = place;
  if (access === null || routing === null) return null;
  const { scenario, sizeServices, signal } = parts.options;
  return waitFor({
    look: async () => {
      const tables = await loadNodeTables(access, routing);
      const problems = compareWithOracle(lessBaseline(tables.kernelObjects, facts.baseline), routing, {
        services: sizeServices,
        endpointsPerService: scenario.endpointsPerService,
        extraServices: 0,
        extraEndpoints: parts.table.totalEndpoints - sizeServices * scenario.endpointsPerService,
        nodePorts: 0,
        nodeAddresses: 1,
      });
      if (problems.length === 0) return { holds: true, value: tables };
      return { holds: false, why: problems.join('; ') };
    },
    deadlineMs: TARGETS_DEADLINE_MS,
    pauseMs: 1000,
    onTimeout: (why) => notSettled(place, `the kernel holds something else: ${why}`),
    signal,
  });
}

/** What came since the baseline. The constant of nat rules is in the baseline, and the oracle wants a few: 8 is kube-proxy's own. */
function lessBaseline(found: KernelObjects, baseline: KernelObjects): KernelObjects {
  const less = (name: keyof KernelObjects, constant = 0) => {
    const value = found[name];
    return value === null ? null : value - (baseline[name] ?? 0) + constant;
  };
  return {
    ...found,
    natRules: less('natRules', 8),
    serviceJumps: less('serviceJumps'),
    ipvsServices: less('ipvsServices'),
    ipvsDestinations: less('ipvsDestinations'),
    dummyAddresses: less('dummyAddresses'),
    nftMapElements: less('nftMapElements'),
  };
}

function notSettled(place: ClusterPlace, why: string): InvalidRunError {
  return new InvalidRunError(
    `${place.mode.id} did not settle: ${why}`,
    "read kube-proxy's log: kubectl -n kube-system logs -l k8s-app=kube-proxy",
  );
}

function summarizeProgramming(parts: {
  applied: { durationMs: number; startedAtMs: number } | null;
  before: ProxyMetrics | null;
  after: ProxyMetrics | null;
  cpuBefore: GroupCounters | null;
  cpuAfter: GroupCounters | null;
}): Programming {
  const { applied, before, after, cpuBefore, cpuAfter } = parts;
  return {
    loadObjectsMs: applied?.durationMs ?? 0,
    settledMs: applied === null ? 0 : Date.now() - applied.startedAtMs,
    syncMs: (after?.syncSumMs ?? 0) - (before?.syncSumMs ?? 0),
    syncs: (after?.syncCount ?? 0) - (before?.syncCount ?? 0),
    kubeProxyCpuUs: cpuBefore === null || cpuAfter === null ? null : cpuAfter.cpuUs - cpuBefore.cpuUs,
    kubeProxyRssBytes: cpuAfter?.rssBytes ?? null,
    concurrentNodes: 0,
  };
}

export const NO_KERNEL_OBJECTS: KernelObjects = {
  natRules: null,
  filterRules: null,
  serviceJumps: null,
  ipvsServices: null,
  ipvsDestinations: null,
  ipsetEntries: null,
  dummyAddresses: null,
  nftRules: null,
  nftChains: null,
  nftMapElements: null,
};

function makeRecord(
  place: ClusterPlace,
  parts: {
    options: StandUpOptions;
    targets: readonly LoadTarget[];
    tables: NodeTables | null;
    programming: Programming;
  },
): BlockNode {
  const record = recordOf(place, { ...parts, sizeServices: parts.options.sizeServices });
  // Every client asked every target before: that is what a pod sees of a ClusterIP.
  return { ...record, reachability: [{ what: 'clusterip-from-pod', answered: true }] };
}

function recordOf(
  place: ClusterPlace,
  parts: {
    sizeServices: number;
    targets: readonly LoadTarget[];
    tables: NodeTables | null;
    programming: Programming;
  },
): BlockNode {
  const { facts } = place;
  const { tables } = parts;
  return {
    type: 'node',
    sizeServices: parts.sizeServices,
    modeId: place.mode.id,
    proxyMode: facts.proxyMode,
    proxyVersion: facts.proxyVersion,
    proxySha256: facts.proxySha256,
    iptablesBackend: facts.iptablesBackend,
    effectiveConfig: facts.effectiveConfig,
    targets: parts.targets.map((target) => ({
      ...target,
      ruleIndex: tables?.positions.get(`${target.address}:${target.port}`) ?? null,
    })),
    kernelObjects: tables?.kernelObjects ?? NO_KERNEL_OBJECTS,
    programming: parts.programming,
    changes: [],
    ruleWalks: [],
    vipAnswersPing: null,
    reachability: [],
  };
}

/** What stands in the node before the first Service of ours, and in which flavour. */
export async function inspectBaseline(
  access: TablesAccess,
  routing: Routing,
): Promise<Pick<NodeFacts, 'baseline' | 'iptablesBackend'>> {
  const usesIptables = routing.kind === 'iptables' || routing.kind === 'ipvs' || routing.kind === 'userspace';
  const iptablesBackend = usesIptables ? await findIptablesBackend(access) : null;
  const { kernelObjects } = await loadNodeTables(access, routing);
  return { baseline: kernelObjects, iptablesBackend };
}
