import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CoreV1Api } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { MANAGED_BY_SELECTOR } from '../../kubernetes/objects/labels.ts';
import { loadKernelUnits } from '../../measure/auxiliary-vector.ts';
import { loadEnvironment } from '../../measure/environment.ts';
import { readProcessTable } from '../../measure/process-table.ts';
import type { TablesAccess } from '../../measure/tables/kernel-objects.ts';
import { systemLines } from '../../measure/tables/line-source.ts';
import type { KubernetesSettings } from '../../model/kubernetes.ts';
import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import { kubeProxyMode } from '../../proxy/config.ts';
import { findModeVersionReason } from '../../scenario/mode-version.ts';
import { systemExec } from '../../system/exec.ts';
import { waitFor } from '../../system/wait.ts';
import { probeModes } from '../kernel-modes.ts';
import { makeRunLabels, ROLE_LABEL } from '../kubernetes-shared/labels.ts';
import { NodeProxy, requireProxyMode } from '../kubernetes-shared/node-proxy.ts';
import { formatOwner, isDead, loadMachineLabel, loadOwner, type Owner } from '../kubernetes-shared/owner.ts';
import { findDiscoveryVersion, ServiceObjects } from '../kubernetes-shared/service-objects.ts';
import {
  type ClusterPlace,
  inspectBaseline,
  makeCalibrationNode,
  NO_KERNEL_OBJECTS,
  type NodeFacts,
  standUpInCluster,
} from '../kubernetes-shared/stand-up.ts';
import { Workspace } from '../kubernetes-shared/workspace.ts';
import type { Block, MeasuredNode, ModeSupport, Testbed, TestbedKind, TestbedOptions } from '../testbed.ts';
import { makeClusterConfig } from './cluster-config.ts';
import { type ClusterName, formatClusterName, keptDigest } from './cluster-name.ts';
import { type Engine, findEngine, findEngineFlavour, findKind, findLacks, readResources } from './engine.ts';
import {
  createCluster,
  deleteCluster,
  findNode,
  type KindCluster,
  type KindProgram,
  listOwnClusters,
  loadImages,
  openCluster,
} from './kind-cluster.ts';
import { findInNode, findPodPid, KindEyes, type KindNodes } from './node-eyes.ts';
import { placeKubeProxy } from './proxy-nodes.ts';

const TEMPLATE = join(import.meta.dirname, '../../../infra/kind/cluster.yaml');
const NAMESPACE = 'bench';
const PODS_NAMESPACE = 'bench-pods';
const PROXY_DEADLINE_MS = 90_000;

/** One kind cluster for each mode, made and removed by the harness. Runs in the program's own process: the engine is the machine's. */
export const kind: TestbedKind = {
  name: 'kind',
  ownKubeProxy: true,
  support: supportOnKind,
  open: (options, signal) => KindTestbed.open(options, signal),
};

/** Engine, program and machine are asked for here, before anything is created; then the kernel, mode by mode (all nodes run on the machine's own). */
async function supportOnKind(modes: readonly Mode[], scenario: Scenario): Promise<readonly ModeSupport[]> {
  const engine = await findEngine(systemExec);
  await findKind(systemExec);
  const demand = { clusters: modes.length, services: scenario.sizesServices.at(-1) ?? 0 };
  const lacks = findLacks(readResources(engine), demand);
  if (lacks.length > 0)
    throw new EnvironmentError(
      `this machine has too little for ${modes.length} kind clusters: ${lacks.map((one) => one.message).join('; ')}`,
      lacks.map((one) => one.remedy).join('; '),
    );
  const support = await probeModes(modes, systemExec);
  const flavour = await findEngineFlavour(systemExec);
  const version = imageVersion(requireSettings(scenario).nodeImage);
  return support.map((one) => {
    const reason = refusalOnKind(one.mode, { flavour, version });
    return reason === null || !one.supported ? one : { mode: one.mode, supported: false, reason };
  });
}

/** The Kubernetes version that a node image's tag tells, as those of kind do (kindest/node:v1.36.3); "" when it tells none. */
export function imageVersion(nodeImage: string | null): string {
  return /:v?(1\.\d+\.\d+)/.exec(nodeImage ?? '')?.[1] ?? '';
}

/** What kind, the node image or the engine does not give, though the kernel would; `null` for a mode that can be made. Pure. */
export function refusalOnKind(
  mode: Mode,
  place: { readonly flavour: 'legacy' | 'nft' | null; readonly version: string },
): Reason | null {
  const { routing } = mode;
  if (routing.kind === 'userspace')
    return {
      code: 'mode-not-in-kind',
      message:
        'kind cannot make a cluster in userspace mode (its kubeProxyMode knows iptables, ipvs, nftables and none)',
      remedy: 'take --testbed netns',
    };
  if (routing.kind === 'iptables' && place.flavour !== null && place.flavour !== routing.backend)
    return {
      code: 'other-flavour',
      message: `kind's nodes take the flavour of iptables that the container engine uses, and here that is ${place.flavour}`,
      remedy: `ask for iptables-${place.flavour}, or take --testbed netns, which has both`,
    };
  const reason = findModeVersionReason({ ...mode, proxyVersion: null }, place.version);
  return reason === null ? null : { ...reason, remedy: 'take another version of Kubernetes with --node-image' };
}

interface OpenCluster {
  readonly cluster: KindCluster;
  readonly place: ClusterPlace;
}

class KindTestbed implements Testbed {
  readonly name = 'kind';
  readonly environment: Environment;
  readonly limits: readonly Reason[];
  readonly calibration: MeasuredNode | null;
  readonly #options: TestbedOptions;
  readonly #clusters: readonly OpenCluster[];
  readonly #labels: Readonly<Record<string, string>>;
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: {
    options: TestbedOptions;
    environment: Environment;
    clusters: readonly OpenCluster[];
    labels: Readonly<Record<string, string>>;
    calibration: MeasuredNode | null;
    stack: AsyncDisposableStack;
  }) {
    this.#options = parts.options;
    this.environment = parts.environment;
    this.#clusters = parts.clusters;
    this.#labels = parts.labels;
    this.calibration = parts.calibration;
    this.#stack = parts.stack;
    this.limits = kindLimits(parts.options);
  }

  static async open(options: TestbedOptions, signal: AbortSignal): Promise<KindTestbed> {
    await using stack = new AsyncDisposableStack();
    const engine = await findEngine(systemExec);
    const program: KindProgram = { exec: systemExec, engine };
    const owner = await loadOwner();
    await removeDeadClusters(program, owner, options);
    const labels = makeRunLabels(owner, await loadMachineLabel());
    const clusters: OpenCluster[] = [];
    // One after the other: on a small machine two creations at once take as long, and fail more often.
    for (const [index, mode] of options.modes.entries())
      clusters.push(await openPlace({ program, options, owner, labels, stack, signal }, mode, index));
    const [first] = clusters;
    const environment = await describeEnvironment(engine, clusters);
    return new KindTestbed({
      options,
      environment,
      clusters,
      labels,
      calibration: first === undefined ? null : makeCalibrationNode(first.place, signal),
      stack: stack.move(),
    });
  }

  async standUp(sizeServices: number, signal: AbortSignal): Promise<Block> {
    const nodes: MeasuredNode[] = [];
    for (const { place } of this.#clusters) {
      const { mode } = place;
      nodes.push(
        await standUpInCluster(place, {
          scenario: this.#options.scenario,
          sizeServices,
          labels: this.#labels,
          namespacePrefix: NAMESPACE,
          signal,
          onProgress: (step, detail) => this.#options.onProgress({ step, detail, modeId: mode.id }),
        }),
      );
    }
    // The clusters stay for the next size, which writes only what differs.
    return { sizeServices, nodes, failures: () => [], [Symbol.asyncDispose]: async () => undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

interface OpenWorld {
  readonly program: KindProgram;
  readonly options: TestbedOptions;
  readonly owner: Owner;
  readonly labels: Readonly<Record<string, string>>;
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

/** Clusters whose maker is dead: killed before it could delete them. Kept ones and those of others stay. */
async function removeDeadClusters(program: KindProgram, self: Owner, options: TestbedOptions): Promise<void> {
  for (const [name, parsed] of await listOwnClusters(program)) {
    if (parsed.kind !== 'owned' || !(await isDead(parsed.owner, self))) continue;
    options.onProgress({ step: 'clean up', detail: `cluster ${name} of a run that was killed`, modeId: null });
    await deleteCluster(program, name);
  }
}

async function openPlace(world: OpenWorld, mode: Mode, index: number): Promise<OpenCluster> {
  const { options, program, signal } = world;
  const settings = requireSettings(options.scenario);
  const progress = (step: string) => (detail: string) => options.onProgress({ step, detail, modeId: mode.id });
  const cluster = await makeOrReuse(world, { mode, index, settings });
  if (!cluster.reused && mode.routing.kind !== 'none') {
    progress('kube-proxy')("on the client's node");
    await placeKubeProxy(cluster.kubeConfig, { serverProxy: options.scenario.proxy.serverProxy, signal });
  }
  const nodes = await findNodes(program, cluster);
  const images = [settings.nginxImage, settings.clientImage];
  await loadImages(program, cluster, { images, signal, onProgress: progress('images') });
  progress('pods')('');
  if (cluster.reused) await deletePodNamespaces(cluster, signal);
  const workspace = await Workspace.open({
    kubeConfig: cluster.kubeConfig,
    namespace: `${PODS_NAMESPACE}-${formatOwner(world.owner)}`,
    labels: world.labels,
    images: { nginx: settings.nginxImage, client: settings.clientImage },
    clientNodes: { [ROLE_LABEL]: 'client' },
    serverNodes: { [ROLE_LABEL]: 'server' },
    clients: options.scenario.load.clients,
    logFile: join(options.logsDirectory, 'load-client.log'),
    signal,
    onProgress: progress('pods'),
  });
  const services = new ServiceObjects({
    kubeConfig: cluster.kubeConfig,
    version: await findDiscoveryVersion(cluster.kubeConfig),
    signal,
    onProgress: progress('loading objects'),
  });
  if (cluster.reused) await services.adopt([`${NAMESPACE}-1`, `${NAMESPACE}-2`, `${NAMESPACE}-3`]);
  return { cluster, place: await openEyes({ world, mode, nodes, workspace, services }) };
}

async function makeOrReuse(
  world: OpenWorld,
  place: { mode: Mode; index: number; settings: KubernetesSettings },
): Promise<KindCluster> {
  const { options, program, owner, stack, signal } = world;
  const { mode, index, settings } = place;
  const config = makeClusterConfig(await readFile(TEMPLATE, 'utf8'), mode.routing);
  const digest = keptDigest(`${config}\n${options.scenario.proxy.serverProxy}`, settings.nodeImage);
  const kept: ClusterName = { kind: 'kept', digest, index };
  const there = (await listOwnClusters(program)).some(([name]) => name === formatClusterName(kept));
  const name: ClusterName = there || options.keep ? kept : { kind: 'owned', owner, index };
  if (!options.keep) stack.defer(() => deleteCluster(program, formatClusterName(name)));
  const said = there ? 'a kept one is used again' : (settings.nodeImage ?? "kind's own node image");
  options.onProgress({ step: 'cluster', detail: said, modeId: mode.id });
  if (there) return openCluster(program, formatClusterName(kept));
  return createCluster(program, {
    name,
    config,
    nodeImage: settings.nodeImage,
    directory: options.temporaryDirectory,
    logFile: join(options.logsDirectory, `kind-${mode.id.replaceAll(/[^\w.#-]/g, '_')}.log`),
    signal,
  });
}

function requireSettings(scenario: Scenario): KubernetesSettings {
  if (scenario.kubernetes === undefined) throw new Error('the scenario was stored before testbed kind existed');
  return scenario.kubernetes;
}

/** kind calls workers in the order of its configuration: …-worker is the client's node, …-worker2 the server's. */
async function findNodes(program: KindProgram, { name }: KindCluster): Promise<KindNodes> {
  const [controlPlane, client, server] = await Promise.all(
    [`${name}-control-plane`, `${name}-worker`, `${name}-worker2`].map((node) => findNode(program, node)),
  );
  if (controlPlane === undefined || client === undefined || server === undefined)
    throw new Error('three nodes asked for');
  return { controlPlane, client, server };
}

/** Pods of the run before: a Job cannot be changed, and what they hold is quickly made anew. */
async function deletePodNamespaces({ kubeConfig }: KindCluster, signal: AbortSignal): Promise<void> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const { items } = await api.listNamespace({ labelSelector: MANAGED_BY_SELECTOR });
  for (const { metadata } of items) {
    signal.throwIfAborted();
    if (metadata?.name?.startsWith(PODS_NAMESPACE) === true) await api.deleteNamespace({ name: metadata.name });
  }
}

interface EyesParts {
  readonly world: OpenWorld;
  readonly mode: Mode;
  readonly nodes: KindNodes;
  readonly workspace: Workspace;
  readonly services: ServiceObjects;
}

async function openEyes({ world, mode, nodes, workspace, services }: EyesParts): Promise<ClusterPlace> {
  const { program, options, signal } = world;
  const inNode = [program.engine.program, 'exec', nodes.client.name];
  const fetchPage = async (path: string) =>
    (await program.exec.run([...inNode, 'curl', '-sSf', '-m', '10', `http://127.0.0.1:10249${path}`], { signal }))
      .stdout;
  const proxy = mode.routing.kind === 'none' ? null : new NodeProxy(fetchPage, signal);
  const running = proxy === null ? null : await waitForProxyMode(proxy, mode, nodes, signal);
  if (running !== null) requireProxyMode(kubeProxyMode(mode.routing) ?? '', running, nodes.client.name);
  const tables: TablesAccess = { lines: systemLines, commandPrefix: inNode, signal };
  const [onlyClient, ...others] = workspace.clients;
  const clientPodPid =
    onlyClient === undefined || others.length > 0 ? null : findPodPid(nodes.client.pid, onlyClient.name);
  const eyes = new KindEyes({
    nodes,
    proxy,
    units: loadKernelUnits(),
    clientPodPid,
    temporaryDirectory: options.temporaryDirectory,
    signal,
  });
  const facts = await readFacts({ mode, proxy, running, tables, nodes });
  return {
    mode,
    routing: mode.routing.kind === 'none' ? null : mode.routing,
    workspace,
    services,
    eyes,
    tables: mode.routing.kind === 'none' ? null : tables,
    facts,
    proxyCounters: async () => eyes.proxyCounters(),
    clockOffsetMs: 0,
  };
}

/** A kube-proxy that crashes (a mode that its version does not know) leaves every node Ready and this page silent. */
function waitForProxyMode(proxy: NodeProxy, mode: Mode, nodes: KindNodes, signal: AbortSignal): Promise<string> {
  return waitFor({
    look: async () => {
      try {
        await proxy.metrics();
        return { holds: true as const, value: await proxy.mode() };
      } catch (error) {
        return { holds: false as const, why: String(error instanceof Error ? error.message : error).slice(0, 500) };
      }
    },
    deadlineMs: PROXY_DEADLINE_MS,
    pauseMs: 1000,
    onTimeout: (why) =>
      new EnvironmentError(
        `kube-proxy on ${nodes.client.name} does not answer in ${mode.id}: ${why}`,
        'does this Kubernetes version know the mode? (nftables came with 1.29; another --node-image has another version)',
      ),
    signal,
  });
}

async function readFacts(parts: {
  mode: Mode;
  proxy: NodeProxy | null;
  running: string | null;
  tables: TablesAccess;
  nodes: KindNodes;
}): Promise<NodeFacts> {
  const { mode, proxy, running, tables, nodes } = parts;
  if (proxy === null)
    return {
      proxyMode: null,
      proxyVersion: null,
      proxySha256: null,
      effectiveConfig: null,
      iptablesBackend: null,
      baseline: NO_KERNEL_OBJECTS,
    };
  const inspected = await inspectBaseline(tables, mode.routing);
  requireFlavour(mode, inspected.iptablesBackend);
  const [pid] = findInNode(readProcessTable(), nodes.client.pid, 'kube-proxy');
  return {
    proxyMode: running,
    proxyVersion: proxy.version,
    proxySha256: pid === undefined ? null : await sha256OfFile(`/proc/${pid}/exe`),
    effectiveConfig: await proxy.configz(),
    ...inspected,
  };
}

/** Which flavour of iptables holds the rules is the node image's and the engine's doing, not ours: a wrong one is refused by name. */
function requireFlavour({ routing, id }: Mode, found: 'legacy' | 'nft' | null): void {
  if (routing.kind !== 'iptables' || routing.backend === found) return;
  throw new EnvironmentError(
    `${id} was asked for, and the nodes of this image put their rules into ${found === null ? 'neither flavour' : `the ${found} flavour`} of iptables`,
    found === null ? 'read the log of kube-proxy' : `ask for what it gives: --modes iptables-${found}`,
  );
}

async function sha256OfFile(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

async function describeEnvironment(engine: Engine, clusters: readonly OpenCluster[]): Promise<Environment> {
  const environment = await loadEnvironment({
    testbed: 'kind',
    execution: 'native',
    exec: systemExec,
    kubeProxies: {},
  });
  const tool = (version: string | null) => ({ path: null, version, sha256: null });
  const proxies = clusters.flatMap(({ place }) =>
    place.facts.proxyVersion === null
      ? []
      : [
          [
            `kube-proxy ${place.facts.proxyVersion}`,
            { path: null, version: place.facts.proxyVersion, sha256: place.facts.proxySha256 },
          ] as const,
        ],
  );
  return {
    ...environment,
    tools: {
      ...environment.tools,
      [engine.program]: tool(engine.version),
      kind: tool(await findKind(systemExec)),
      ...Object.fromEntries(proxies),
    },
  };
}

function kindLimits({ scenario }: TestbedOptions): readonly Reason[] {
  const shared: Reason = {
    code: 'one-kernel',
    message:
      'kind nodes share one kernel: CPU by class is the whole machine with every node, control planes included; the groups "… (its container)" are what each node used by its cgroup, without soft interrupts',
    remedy: 'compare modes, not the absolute values; for a node alone take --testbed cluster on real nodes',
  };
  const several: Reason = {
    code: 'no-wire',
    message: 'handshakes on the wire are captured at one client pod only; with several there is no capture',
    remedy: 'measure with one client (--clients 1)',
  };
  const probes: Reason = {
    code: 'no-probes',
    message: 'rule walks and the latency of a change (S9, S14, K7) are measured in testbed netns only',
    remedy: 'take --testbed netns for them',
  };
  return [shared, ...(scenario.load.clients > 1 ? [several] : []), probes];
}
