import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, InvalidRunError } from '../../errors.ts';
import { startEndpointsMirror } from '../../kubernetes/apiserver/endpoints-mirror.ts';
import { type ApiServer, startApiServer } from '../../kubernetes/apiserver/server.ts';
import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import type { KernelUnits } from '../../measure/auxiliary-vector.ts';
import { takeSnapshot } from '../../measure/snapshot.ts';
import type { Mode } from '../../model/mode.ts';
import type { Scenario } from '../../model/scenario.ts';
import { type BlockNode, makeBareNode, type Programming } from '../../model/target.ts';
import { KubeProxy } from '../../proxy/kube-proxy.ts';
import type { Exec } from '../../system/exec.ts';
import { isSlow, patientMs } from '../../system/patience.ts';
import { withoutPlaces } from '../../system/private-path.ts';
import { waitFor } from '../../system/wait.ts';
import type { KubeProxyBinary, TestbedProgress } from '../testbed.ts';
import { BACKEND_PORT, type BackendAddress, type NodeAddresses, POD_RANGE } from './addresses.ts';
import { fillClusterIpSets } from './cluster-ip-sets.ts';
import { loadTable } from './cluster-table.ts';
import { probeDeadEndpoint } from './dead-endpoint.ts';
import { inspectKernel } from './inspect.ts';
import { nodeWiring } from './links.ts';
import { applyWiring, inNamespace, removeWiring } from './namespaces.ts';
import { NetnsNode, type NodeTools } from './node.ts';
import { answersPing } from './probe.ts';
import { findSilentTargets, type ProbeContext, probeChanges, probeReachability, probeRuleWalks } from './probes.ts';

/** A size that takes longer than this to program is an error, not a measurement: nftables on kernel 6.1 has been seen to take 13 minutes. */
const PROGRAMMING_DEADLINE_MS = 20 * 60_000;
const START_DEADLINE_MS = 30_000;

export interface StandUpContext {
  readonly exec: Exec;
  readonly scenario: Scenario;
  readonly table: ServiceTable;
  readonly backends: readonly BackendAddress[];
  readonly binaries: Readonly<Record<string, KubeProxyBinary>>;
  readonly xtables: Readonly<Record<'legacy' | 'nft', string | null>>;
  readonly temporaryDirectory: string;
  readonly logsDirectory: string;
  readonly units: KernelUnits;
  readonly tools: NodeTools;
  readonly signal: AbortSignal;
  readonly onProgress: TestbedProgress;
}

/** A standing node and how to take it down. */
export interface StandingNode extends AsyncDisposable {
  readonly node: NetnsNode;
}

/** The floor: a client behind a node that only routes. The load goes straight to the pods. */
export async function standUpFloor(
  context: StandUpContext,
  mode: Mode,
  addresses: NodeAddresses,
): Promise<StandingNode> {
  await using stack = new AsyncDisposableStack();
  await wire(context, addresses, stack);
  const loadTargets = context.backends.map((backend) => ({
    id: backend.name,
    address: backend.address,
    port: BACKEND_PORT,
  }));
  const record = makeBareNode({ sizeServices: context.table.services.length, modeId: mode.id }, loadTargets);
  const node = new NetnsNode({
    mode,
    loadTargets,
    record,
    addresses,
    proxy: null,
    tools: context.tools,
    lastChangeMs: () => 0,
  });
  return standing(node, stack.move());
}

/**
 * One mode's node from nothing to settled: namespaces and links, an API server of its own with all objects, kube-proxy, the settle gate, and a look at what
 * stands in the kernel. Nodes are made one after the other, so that each programming time is that of a mode alone.
 */
export async function standUpNode(
  context: StandUpContext,
  mode: Mode,
  addresses: NodeAddresses,
): Promise<StandingNode> {
  await using stack = new AsyncDisposableStack();
  const progress = (step: string, detail = '') => context.onProgress({ step, detail, modeId: mode.id });
  await wire(context, addresses, stack);
  const api = stack.use(await startApiServer({ host: addresses.managementHost, port: 0 }));
  progress('loading objects', `${context.table.services.length} Services`);
  // userspace mode of older versions reads core/v1 Endpoints.
  if (mode.routing.kind === 'userspace') stack.use(startEndpointsMirror(api.store));
  const loaded = loadTable(api.store, context.table, addresses);
  if (mode.routing.kind === 'ipvs' && isSlow())
    await fillClusterIpSets(context.exec, addresses.nodeNamespace, context.table);
  progress('programming');
  const proxy = stack.use(await startProxy(context, { mode, addresses, api }));
  if (context.scenario.proxy.serverProxy) stack.use(await startServerProxy(context, { mode, addresses }));
  let lastChangeMs = loaded.endedAtMs;
  await waitForProxy(context, proxy, () => lastChangeMs);
  await waitForTargets(context, addresses);
  const programming = await summarizeProgramming(context, proxy, loaded.durationMs);
  await writeFile(logPath(context, mode, 'metrics', 'prom'), await proxy.metricsText(context.signal));
  progress('inspecting');
  const settled = async (changedAtMs: number) => {
    lastChangeMs = changedAtMs;
    await waitForProxy(context, proxy, () => lastChangeMs);
  };
  const record = await inspectNode(context, { mode, addresses, proxy, programming, api, settled });
  progress('settled');
  const node = new NetnsNode({
    mode,
    loadTargets: context.table.targets.map(({ id, address, port }) => ({ id, address, port })),
    record,
    addresses,
    proxy,
    tools: context.tools,
    lastChangeMs: () => lastChangeMs,
  });
  return standing(node, stack.move());
}

function standing(node: NetnsNode, stack: AsyncDisposableStack): StandingNode {
  return { node, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function wire(context: StandUpContext, addresses: NodeAddresses, stack: AsyncDisposableStack): Promise<void> {
  const wiring = nodeWiring(addresses, { serverProxy: context.scenario.proxy.serverProxy });
  stack.defer(() => removeWiring(context.exec, wiring));
  await applyWiring(context.exec, wiring);
}

interface ProxyPlace {
  readonly mode: Mode;
  readonly addresses: NodeAddresses;
  readonly api: ApiServer;
}

/** `logs/kube-proxy-nftables-10000.log`: one file of a kind for every mode and size. */
function logPath(context: StandUpContext, mode: Mode, what: string, ending: string): string {
  const name = mode.id.replaceAll(/[^\w.#-]/g, '_');
  return join(context.logsDirectory, `${what}-${name}-${context.table.services.length}.${ending}`);
}

function binaryOf(context: StandUpContext, mode: Mode): KubeProxyBinary {
  const name = mode.proxyVersion ?? context.scenario.proxy.version;
  const binary = context.binaries[name];
  if (binary === undefined)
    throw new EnvironmentError(`there is no kube-proxy ${name}`, 'name a version or a path with --kube-proxy');
  return binary;
}

function startProxy(context: StandUpContext, { mode, addresses, api }: ProxyPlace): Promise<KubeProxy> {
  const binary = binaryOf(context, mode);
  const size = context.table.services.length;
  return KubeProxy.start({
    mode,
    binary: binary.path,
    version: binary.version,
    nodeName: addresses.nodeName,
    apiServerUrl: api.url,
    podRange: POD_RANGE,
    commandPrefix: inNamespace(addresses.nodeNamespace),
    directory: join(context.temporaryDirectory, `kube-proxy-${size}-${addresses.index}`),
    logFile: logPath(context, mode, 'kube-proxy', 'log'),
    xtables: context.xtables,
    address: addresses.managementNode,
    deadlineMs: patientMs(START_DEADLINE_MS),
    signal: context.signal,
  });
}

/** `serverProxy: true`: the same mode once more on the server's node, reached over a management link of its own. */
async function startServerProxy(
  context: StandUpContext,
  { mode, addresses }: Omit<ProxyPlace, 'api'>,
): Promise<AsyncDisposable> {
  const binary = binaryOf(context, mode);
  const size = context.table.services.length;
  const relay = await startApiServer({ host: addresses.serverManagementHost, port: 0 });
  await using stack = new AsyncDisposableStack();
  stack.use(relay);
  const loaded = loadTable(relay.store, context.table, {
    ...addresses,
    nodeName: addresses.serverNodeName,
    nodeAddress: addresses.serverSideAddress,
  });
  const proxy = stack.use(
    await KubeProxy.start({
      mode,
      binary: binary.path,
      version: binary.version,
      nodeName: addresses.serverNodeName,
      apiServerUrl: relay.url,
      podRange: POD_RANGE,
      commandPrefix: inNamespace(addresses.serverNodeNamespace),
      directory: join(context.temporaryDirectory, `server-kube-proxy-${size}-${addresses.index}`),
      logFile: logPath(context, mode, 'server-kube-proxy', 'log'),
      xtables: context.xtables,
      address: addresses.serverManagementNode,
      deadlineMs: patientMs(START_DEADLINE_MS),
      signal: context.signal,
    }),
  );
  await waitForProxy(context, proxy, () => loaded.endedAtMs);
  return stack.move();
}

function waitForProxy(context: StandUpContext, proxy: KubeProxy, lastChangeMs: () => number): Promise<null> {
  return waitFor({
    look: async () => {
      proxy.requireSyncing();
      const why = await proxy.unsettled(lastChangeMs(), context.signal);
      return why === null ? { holds: true, value: null } : { holds: false, why };
    },
    deadlineMs: PROGRAMMING_DEADLINE_MS,
    // Reading all of its metrics takes a share of an emulated CPU that it needs itself.
    pauseMs: patientMs(100),
    onTimeout: (why) =>
      new InvalidRunError(
        `${proxy.process.name} did not settle in ${PROGRAMMING_DEADLINE_MS / 60_000} minutes: ${why}`,
        `read ${proxy.process.logFile}`,
      ),
    signal: context.signal,
  });
}

async function waitForTargets(context: StandUpContext, addresses: NodeAddresses): Promise<void> {
  await waitFor({
    look: async () => {
      const why = await findSilentTargets(context.exec, addresses, context.table);
      return why === null ? { holds: true, value: null } : { holds: false, why };
    },
    deadlineMs: patientMs(30_000),
    pauseMs: 100,
    onTimeout: (why) =>
      new InvalidRunError(
        `kube-proxy says that it is settled, but ${why}`,
        `read the logs in ${context.logsDirectory}`,
      ),
    signal: context.signal,
  });
}

async function summarizeProgramming(
  context: StandUpContext,
  proxy: KubeProxy,
  loadObjectsMs: number,
): Promise<Programming> {
  const settledAtMs = Date.now();
  const syncs = proxy.syncsBetween(proxy.startedAtMs, settledAtMs);
  const groups = [{ group: 'kube-proxy' as const, pids: [proxy.process.pid], endedChildren: 'count' as const }];
  const used = takeSnapshot({ units: context.units, groups, nodePid: proxy.process.pid, syncCount: null }).groups[
    'kube-proxy'
  ];
  return {
    loadObjectsMs,
    settledMs: settledAtMs - proxy.startedAtMs,
    syncMs: syncs.reduce((sum, sync) => sum + sync.durationMs, 0),
    syncs: syncs.length,
    kubeProxyCpuUs: used?.cpuUs ?? null,
    kubeProxyRssBytes: used?.rssBytes ?? null,
    concurrentNodes: 0,
  };
}

interface InspectedNode extends ProxyPlace {
  readonly proxy: KubeProxy;
  readonly programming: Programming;
  readonly settled: (changedAtMs: number) => Promise<void>;
}

async function inspectNode(context: StandUpContext, place: InspectedNode): Promise<BlockNode> {
  const { mode, addresses, proxy, programming } = place;
  const binary = binaryOf(context, mode);
  const inspect = () =>
    inspectKernel(
      { mode, node: addresses, signal: context.signal },
      { services: context.table.services.length, endpointsPerService: context.scenario.endpointsPerService },
    );
  const kernel = await inspect();
  const probes: ProbeContext = {
    exec: context.exec,
    node: addresses,
    mode,
    table: context.table,
    store: place.api.store,
    backends: context.backends,
    signal: context.signal,
    settled: place.settled,
  };
  const [target] = context.table.targets;
  const asked = context.scenario.measure.probes;
  const ruleWalks = asked ? await probeRuleWalks(probes) : [];
  const smallest = context.table.services.length === context.scenario.sizesServices[0];
  // Two syncs at least: emulated they take minutes at a large size.
  const changes = asked && (smallest || !isSlow()) ? await probeChanges(probes) : [];
  const deadEndpoint = asked && smallest ? await probeDeadEndpoint(probes) : null;
  // The probes asked addresses while nothing served them: what conntrack remembers of that would lead later connections astray.
  await forgetConnections(context, addresses);
  // A full write puts KUBE-SERVICES in another order: positions are read once more when a change went in.
  const final = changes.length > 0 || deadEndpoint !== null ? await inspect() : kernel;
  const config = await proxy.effectiveConfig(context.signal);
  return {
    type: 'node',
    sizeServices: context.table.services.length,
    modeId: mode.id,
    proxyMode: await proxy.runningMode(context.signal),
    proxyVersion: binary.version,
    proxySha256: binary.sha256,
    iptablesBackend: final.iptablesBackend,
    effectiveConfig: config === null ? null : withoutPlaces(config),
    targets: context.table.targets.map(({ id, address, port }) => ({
      id,
      address,
      port,
      ruleIndex: final.positions.get(`${address}:${port}`) ?? null,
    })),
    kernelObjects: final.kernelObjects,
    programming,
    changes,
    ruleWalks,
    vipAnswersPing:
      asked && target !== undefined ? await answersPing(context.exec, addresses.clientNamespace, target.address) : null,
    reachability: asked ? await probeReachability(probes) : [],
    deadEndpoint,
  };
}

/** Empties the node's conntrack table. */
async function forgetConnections(context: StandUpContext, addresses: NodeAddresses): Promise<void> {
  await context.exec.run([...inNamespace(addresses.nodeNamespace), 'conntrack', '-F']);
}
