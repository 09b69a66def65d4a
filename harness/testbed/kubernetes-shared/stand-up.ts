import type { ApplicableObject } from '../../kubernetes/client/apply.ts';
import { makeServices, type ServiceTable } from '../../kubernetes/objects/service-table.ts';
import { isFloor } from '../../mode/table.ts';
import { DEFAULT_SERVICE_RANGE, ENDPOINT_CANDIDATES } from '../../model/address-ranges.ts';
import { isOverlapping, parseIpv4Cidr } from '../../model/ipv4.ts';
import type { Scenario } from '../../model/scenario.ts';
import { NO_PROGRAMMING } from '../../model/target.ts';
import { BACKEND_PORT } from '../netns/addresses.ts';
import type { MeasuredNode } from '../node.ts';
import { makeKubernetesNode } from './kubernetes-node.ts';
import type { RunLabels } from './labels.ts';
import { askClock, earliestNodeTimeMs } from './node-clock.ts';
import { describeStanding, makeBareRecord, summarizeProgramming } from './node-record.ts';
import { requirePodCapacity, SERVICE_LABEL, withOwnPods } from './own-pods.ts';
import type { ClusterPlace } from './place.ts';
import { waitForPods } from './pods.ts';
import type { AppliedTable } from './service-objects.ts';
import { waitForProxy, waitForTables } from './settled.ts';

const PROGRAMMING_DEADLINE_MS = 20 * 60_000;
const OWN_PODS_DEADLINE_MS = 5 * 60_000;

export interface StandUpOptions {
  readonly scenario: Scenario;
  readonly sizeServices: number;
  readonly labels: RunLabels;
  readonly signal: AbortSignal;
  readonly onProgress: (step: string, detail: string) => void;
}

/** Brings one cluster to a size: objects, the settle gate (metrics, tables, answers), and a look at what stands. */
export async function standUpInCluster(place: ClusterPlace, options: StandUpOptions): Promise<MeasuredNode> {
  if (isFloor(place.mode)) return standUpFloor(place, options);
  const { scenario, sizeServices, onProgress, signal } = options;
  const { eyes, workspace, services } = place;
  const { table, others } = await prepareTable(place, options);
  const before = (await eyes.proxy?.metrics()) ?? null;
  const cpuBefore = await eyes.proxyCounters();
  onProgress('loading objects', `${table.services.length} Services`);
  const applied = await services.apply(table, others);
  // At once: the clock may be set, or run at another speed, while the pods come.
  const lastChangeMs = applied.written === 0 ? 0 : await findChangeTimeMs(place, applied);
  await waitForOwnPods(place, options, table);
  const targets = await services.targets(table);
  onProgress('programming', '');
  await waitForProxy(place, { lastChangeMs, deadlineMs: PROGRAMMING_DEADLINE_MS, pauseMs: 300, signal });
  const { totalEndpoints } = table;
  const tables = await waitForTables(place, { scenario, sizeServices, totalEndpoints, signal });
  for (const client of workspace.clients) await workspace.waitForAnswers(client, targets);
  const programming = summarizeProgramming({
    applied,
    settledMs: performance.now(),
    before,
    after: eyes.proxy?.lastMetrics ?? null,
    cpuBefore,
    cpuAfter: await eyes.proxyCounters(),
  });
  onProgress('settled', `${tables?.kernelObjects.natRules ?? '?'} nat rules`);
  const standing = describeStanding(place, { sizeServices, targets, tables });
  return makeKubernetesNode(place, { loadTargets: targets, standing, programming, signal });
}

/** By the node's clock, when the last change was written, at the earliest. */
async function findChangeTimeMs({ readClock }: ClusterPlace, { requestMs }: AppliedTable): Promise<number> {
  const endedMs = performance.now();
  return earliestNodeTimeMs(endedMs, await askClock(readClock)) - requestMs;
}

/** Straight to the pods, before any Service of ours stands. */
export function makeCalibrationNode(place: ClusterPlace, signal: AbortSignal): MeasuredNode {
  return makeFloorNode(place, { sizeServices: 0, signal });
}

/** Mode none at any size: nobody programs a Service here, and the load goes straight to the pods. */
async function standUpFloor(place: ClusterPlace, options: StandUpOptions): Promise<MeasuredNode> {
  const node = makeFloorNode(place, options);
  for (const client of place.workspace.clients) await place.workspace.waitForAnswers(client, node.loadTargets);
  options.onProgress('settled', 'straight to the pods');
  return node;
}

function makeFloorNode(
  place: ClusterPlace,
  { sizeServices, signal }: { readonly sizeServices: number; readonly signal: AbortSignal },
): MeasuredNode {
  const targets = place.workspace.podTargets;
  const standing = { ...makeBareRecord(place, targets), sizeServices };
  return makeKubernetesNode(place, { loadTargets: targets, standing, programming: NO_PROGRAMMING, signal });
}

/** The scenario's objects of one size for one cluster. Pure. */
function makeClusterTable(
  { workspace, namespacePrefix, endpointRange }: ClusterPlace,
  options: StandUpOptions,
): ServiceTable {
  const { scenario, sizeServices, labels } = options;
  return makeServices({
    services: sizeServices,
    endpointsPerService: scenario.endpointsPerService,
    targets: scenario.targets,
    realBackends: workspace.backends,
    backends: scenario.backends === 'shared' ? 'shared' : 'distinct',
    ...(endpointRange === null ? {} : { syntheticPodCidr: endpointRange, serviceCidr: planningRange(endpointRange) }),
    targetPort: BACKEND_PORT,
    namespacePrefix,
    labels,
    triggerTime: null,
  });
}

/** The API server gives the Services their addresses, so those of the table only have to be others than the endpoints'. */
function planningRange(endpointRange: string): string {
  const isClear = !isOverlapping(parseIpv4Cidr(endpointRange), parseIpv4Cidr(DEFAULT_SERVICE_RANGE));
  return isClear ? DEFAULT_SERVICE_RANGE : ENDPOINT_CANDIDATES[1];
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
