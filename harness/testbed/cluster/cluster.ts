import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig, VersionApi } from '@kubernetes/client-node';
import { EnvironmentError, InvalidRunError, UsageError } from '../../errors.ts';
import { applyObjects } from '../../kubernetes/client/apply.ts';
import { loadEnvironment } from '../../measure/environment.ts';
import type { Snapshot } from '../../model/counters.ts';
import type { KubernetesSettings } from '../../model/kubernetes.ts';
import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import { kubeProxyMode } from '../../proxy/config.ts';
import { systemExec } from '../../system/exec.ts';
import { waitFor } from '../../system/wait.ts';
import { bundleProgram } from '../kubernetes-shared/client-program.ts';
import type { NodeEyes } from '../kubernetes-shared/kubernetes-node.ts';
import { MACHINE_LABEL, makeRunLabels, OWNER_LABEL, ROLE_LABEL, type RunLabels } from '../kubernetes-shared/labels.ts';
import { type FetchProxyPage, NodeProxy, requireProxyMode } from '../kubernetes-shared/node-proxy.ts';
import {
  formatOwner,
  isDead,
  loadMachineLabel,
  loadOwner,
  type Owner,
  parseOwner,
} from '../kubernetes-shared/owner.ts';
import { podChannel } from '../kubernetes-shared/pod-exec.ts';
import { type StandingPod, waitForPods } from '../kubernetes-shared/pods.ts';
import { findDiscoveryVersion, ServiceObjects } from '../kubernetes-shared/service-objects.ts';
import {
  type ClusterPlace,
  makeCalibrationNode,
  NO_KERNEL_OBJECTS,
  standUpInCluster,
} from '../kubernetes-shared/stand-up.ts';
import { Workspace } from '../kubernetes-shared/workspace.ts';
import type { Block, MeasuredNode, ModeSupport, Testbed, TestbedKind, TestbedOptions } from '../testbed.ts';
import { makeCounters } from './counters-objects.ts';
import { CountersSession } from './counters-session.ts';
import { prometheusPages } from './prometheus.ts';
import { requireRights } from './rights.ts';

const COUNTERS_TEMPLATE = join(import.meta.dirname, '../../../infra/kubernetes/counters.yaml');
const COUNTERS_DEADLINE_MS = 120_000;
const GONE_DEADLINE_MS = 5 * 60_000;
/** A session lasts as long as the run: a day is longer than any. */
const SESSION_DEADLINE_MS = 24 * 3_600_000;

/** Clusters that exist, by kubeconfig contexts, one for each mode. Nothing is changed in them that the run did not make. */
export const cluster: TestbedKind = {
  name: 'cluster',
  ownKubeProxy: true,
  support: supportInClusters,
  open: (options, signal) => ClusterTestbed.open(options, signal),
};

function requireSettings(scenario: Scenario): KubernetesSettings {
  if (scenario.kubernetes === undefined) throw new Error('the scenario was stored before testbed cluster existed');
  return scenario.kubernetes;
}

/** Contexts, servers and rights; which mode runs is found out when the place is opened, and a wrong name is refused there. */
async function supportInClusters(modes: readonly Mode[], scenario: Scenario): Promise<readonly ModeSupport[]> {
  const { contexts } = requireSettings(scenario);
  if (contexts.length !== scenario.modes.length)
    throw new UsageError(
      `testbed cluster needs one context for each mode: there are ${contexts.length} contexts and ${scenario.modes.length} modes`,
      'give --context NAME for each (without --modes, each context is a mode of its own)',
    );
  for (const context of new Set(contexts)) {
    const kubeConfig = openContext(context);
    await requireServer(kubeConfig, context);
    await requireRights(kubeConfig, context);
  }
  return modes.map((mode) => (mode.routing.kind === 'none' ? refuseNone(mode) : { mode, supported: true }));
}

function refuseNone(mode: Mode): ModeSupport {
  const message = "a cluster's nodes have their rules: there is no mode without";
  return {
    mode,
    supported: false,
    reason: { code: 'mode-not-in-cluster', message, remedy: 'take --testbed netns or kind' },
  };
}

/** KUBECONFIG or ~/.kube/config, as kubectl reads them. Its contents never reach a result or a log. */
function openContext(name: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const names = kubeConfig.getContexts().map((context) => context.name);
  if (!names.includes(name))
    throw new UsageError(
      `the kubeconfig has no context ${name}`,
      names.length === 0 ? 'point KUBECONFIG to one' : `there are: ${names.join(', ')}`,
    );
  kubeConfig.setCurrentContext(name);
  return kubeConfig;
}

async function requireServer(kubeConfig: KubeConfig, context: string): Promise<string> {
  try {
    return (await kubeConfig.makeApiClient(VersionApi).getCode()).gitVersion;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new EnvironmentError(
      `the API server of context ${context} does not answer${cause}`,
      `try kubectl --context ${context} version`,
      { cause: error },
    );
  }
}

interface OpenCluster {
  readonly context: string;
  readonly kubernetesVersion: string;
  readonly counters: CountersSession;
  readonly place: ClusterPlace;
  readonly namespacePrefix: string;
}

class ClusterTestbed implements Testbed {
  readonly name = 'cluster';
  readonly environment: Environment;
  readonly limits: readonly Reason[];
  readonly calibration: MeasuredNode | null;
  readonly #options: TestbedOptions;
  readonly #clusters: readonly OpenCluster[];
  readonly #labels: RunLabels;
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: {
    options: TestbedOptions;
    environment: Environment;
    clusters: readonly OpenCluster[];
    labels: RunLabels;
    calibration: MeasuredNode | null;
    stack: AsyncDisposableStack;
  }) {
    this.environment = parts.environment;
    this.calibration = parts.calibration;
    this.limits = parts.clusters.flatMap(clusterLimits);
    this.#options = parts.options;
    this.#clusters = parts.clusters;
    this.#labels = parts.labels;
    this.#stack = parts.stack;
  }

  static async open(options: TestbedOptions, signal: AbortSignal): Promise<ClusterTestbed> {
    await using stack = new AsyncDisposableStack();
    const owner = await loadOwner();
    const machine = await loadMachineLabel();
    const labels = makeRunLabels(owner, machine);
    const { contexts } = requireSettings(options.scenario);
    const clusters: OpenCluster[] = [];
    for (const mode of options.modes) {
      const index = options.scenario.modes.findIndex((one) => one.id === mode.id);
      const context = contexts[index] ?? '';
      clusters.push(await openCluster({ options, owner, machine, labels, stack, signal }, { mode, index, context }));
    }
    const [first] = clusters;
    if (first === undefined) throw new Error('no mode to measure');
    return new ClusterTestbed({
      options,
      environment: await describeEnvironment(clusters),
      clusters,
      labels,
      calibration: makeCalibrationNode(first.place, signal),
      stack: stack.move(),
    });
  }

  async standUp(sizeServices: number, signal: AbortSignal): Promise<Block> {
    const nodes: MeasuredNode[] = [];
    for (const { place, namespacePrefix } of this.#clusters) {
      const { mode } = place;
      nodes.push(
        await standUpInCluster(place, {
          scenario: this.#options.scenario,
          sizeServices,
          labels: this.#labels,
          namespacePrefix,
          signal,
          onProgress: (step, detail) => this.#options.onProgress({ step, detail, modeId: mode.id }),
        }),
      );
    }
    return { sizeServices, nodes, failures: () => [], [Symbol.asyncDispose]: async () => undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

interface OpenWorld {
  readonly options: TestbedOptions;
  readonly owner: Owner;
  readonly machine: string;
  readonly labels: RunLabels;
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

async function openCluster(
  world: OpenWorld,
  { mode, index, context }: { mode: Mode; index: number; context: string },
): Promise<OpenCluster> {
  const { options, owner, labels, stack, signal } = world;
  const settings = requireSettings(options.scenario);
  const progress = (step: string) => (detail: string) => options.onProgress({ step, detail, modeId: mode.id });
  const kubeConfig = openContext(context);
  const kubernetesVersion = await requireServer(kubeConfig, context);
  await removeDeadNamespaces(world, kubeConfig);
  // Two modes may be one context (an A/A run): each has namespaces of its own.
  const namespacePrefix = `bench-${formatOwner(owner)}-${index}`;
  const namespace = `${namespacePrefix}-pods`;
  if (!options.keep)
    stack.defer(() =>
      removeNamespaces(kubeConfig, { prefix: namespacePrefix, labels, onProgress: progress('clean up'), signal }),
    );
  progress('pods')('');
  const workspace = await Workspace.open({
    kubeConfig,
    namespace,
    labels,
    images: { nginx: settings.nginxImage, client: settings.clientImage },
    clientNodes: settings.clientNodes,
    serverNodes: settings.serverNodes,
    clients: options.scenario.load.clients,
    logFile: join(options.logsDirectory, 'load-client.log'),
    signal,
    onProgress: progress('pods'),
  });
  const counters = stack.use(
    await openCounters({ world, settings, kubeConfig, namespace, workspace, progress: progress('counters') }),
  );
  const place = await openPlace({ world, settings, mode, context, kubeConfig, workspace, counters, progress });
  return { context, kubernetesVersion, counters: counters.session, place, namespacePrefix };
}

interface OpenCounters extends AsyncDisposable {
  readonly session: CountersSession;
  readonly nodeAddress: string;
}

/** Stands the DaemonSet up and connects to its pod on the (first) client's node. */
async function openCounters(parts: {
  world: OpenWorld;
  settings: KubernetesSettings;
  kubeConfig: KubeConfig;
  namespace: string;
  workspace: Workspace;
  progress: (text: string) => void;
}): Promise<OpenCounters> {
  const { world, settings, kubeConfig, namespace, workspace, progress } = parts;
  const { signal, labels, options } = world;
  const { config, daemonSet } = makeCounters(await readFile(COUNTERS_TEMPLATE, 'utf8'), {
    namespace,
    labels,
    image: settings.clientImage,
    nodeSelector: settings.clientNodes,
    program: await bundleProgram('counters.mjs'),
  });
  await applyObjects(kubeConfig, [config], { signal });
  await applyObjects(kubeConfig, [daemonSet], { signal });
  const pod = await findCounters({ kubeConfig, namespace, client: workspace.clients[0], signal, progress });
  const session = new CountersSession(
    pod.nodeName,
    podChannel({
      place: { kubeConfig, namespace, pod: pod.name, container: 'counters' },
      command: ['node', '/bench/counters.mjs'],
      logFile: join(options.logsDirectory, 'counters.log'),
      deadlineMs: SESSION_DEADLINE_MS,
      clockOffsetMs: 0,
    }),
  );
  return { session, nodeAddress: pod.address, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}

/** The counting pod of the client's node; the others of the DaemonSet are not waited for. */
function findCounters(parts: {
  kubeConfig: KubeConfig;
  namespace: string;
  client: StandingPod | undefined;
  signal: AbortSignal;
  progress: (text: string) => void;
}): Promise<StandingPod> {
  const { kubeConfig, namespace, client, signal, progress } = parts;
  return waitFor({
    look: async () => {
      const pods = await waitForPods({
        kubeConfig,
        namespace,
        selector: `${ROLE_LABEL}=counters`,
        count: 1,
        what: 'counters (DaemonSet)',
        deadlineMs: COUNTERS_DEADLINE_MS,
        signal,
        onProgress: progress,
      });
      const there = pods.find((pod) => pod.nodeName === client?.nodeName);
      return there === undefined ? { holds: false, why: `none on ${client?.nodeName}` } : { holds: true, value: there };
    },
    deadlineMs: COUNTERS_DEADLINE_MS,
    pauseMs: 1000,
    onTimeout: (why) =>
      new EnvironmentError(
        `the counters do not stand on the client's node: ${why}`,
        'does the cluster admit a pod with hostNetwork and a hostPath of /proc? (infra/kubernetes/counters.yaml)',
      ),
    signal,
  });
}

async function openPlace(parts: {
  world: OpenWorld;
  settings: KubernetesSettings;
  mode: Mode;
  context: string;
  kubeConfig: KubeConfig;
  workspace: Workspace;
  counters: OpenCounters;
  progress: (step: string) => (text: string) => void;
}): Promise<ClusterPlace> {
  const { world, settings, mode, context, kubeConfig, workspace, counters, progress } = parts;
  const { signal } = world;
  const { session } = counters;
  const { proxy, running } = await findProxy({ settings, counters, signal });
  requireMode(mode, running, context);
  const services = new ServiceObjects({
    kubeConfig,
    version: await findDiscoveryVersion(kubeConfig),
    signal,
    onProgress: progress('loading objects'),
  });
  const before = Date.now();
  const snapshot = await session.snapshot();
  const clockOffsetMs = snapshot.wallMs - (before + Date.now()) / 2;
  return {
    mode,
    routing: null,
    workspace,
    services,
    eyes: new ClusterEyes(session, proxy),
    tables: null,
    facts: {
      proxyMode: running,
      proxyVersion: proxy?.version ?? null,
      proxySha256: null,
      effectiveConfig: (await proxy?.configz()) ?? null,
      iptablesBackend: null,
      baseline: NO_KERNEL_OBJECTS,
    },
    proxyCounters: async () => (await session.snapshot()).groups['kube-proxy'] ?? null,
    // Below a second it is the network's doing, and kube-proxy's times are compared with whole seconds of slack by the gate's polling.
    clockOffsetMs: Math.abs(clockOffsetMs) < 1000 ? 0 : clockOffsetMs,
  };
}

/** kube-proxy's own pages on the node; else a Prometheus that was named; else nothing is known of it, which the limits say. */
async function findProxy(parts: {
  settings: KubernetesSettings;
  counters: OpenCounters;
  signal: AbortSignal;
}): Promise<{ proxy: NodeProxy | null; running: string | null }> {
  const { settings, counters, signal } = parts;
  const sources: FetchProxyPage[] = [
    (path) => counters.session.proxyPage(path),
    ...(settings.prometheus === null ? [] : [prometheusPages(settings.prometheus, counters.nodeAddress)]),
  ];
  for (const fetchPage of sources) {
    const proxy = new NodeProxy(fetchPage, signal);
    const reached = await proxy.metrics().then(
      (metrics) => metrics.lastSyncMs !== null,
      () => false,
    );
    if (reached) return { proxy, running: await proxy.mode().catch(() => null) };
  }
  return { proxy: null, running: null };
}

/** A label that is not confirmed is no measurement of that mode; whatever runs can always be measured as it is found. */
function requireMode(mode: Mode, running: string | null, context: string): void {
  const asked = kubeProxyMode(mode.routing);
  if (asked === null) return;
  if (running !== null) {
    requireProxyMode(asked, running, `the client's node of ${context}`);
    return;
  }
  throw new EnvironmentError(
    `${mode.id} cannot be confirmed in context ${context}: kube-proxy's page /proxyMode cannot be reached on the client's node`,
    'measure it as it is found: leave out --modes, or {name: …, mode: as-found} in the scenario',
  );
}

class ClusterEyes implements NodeEyes {
  readonly proxy: NodeProxy | null;
  readonly #session: CountersSession;

  constructor(session: CountersSession, proxy: NodeProxy | null) {
    this.#session = session;
    this.proxy = proxy;
  }

  async snapshot(syncCount: number | null): Promise<Snapshot> {
    return { ...(await this.#session.snapshot()), syncCount };
  }

  /** It would take a privileged pod on somebody else's node. */
  async startCapture(): Promise<null> {
    return null;
  }
}

/** Namespaces of runs of this machine that were killed. Those of other machines and of living runs stay. */
async function removeDeadNamespaces({ machine, owner, options }: OpenWorld, kubeConfig: KubeConfig): Promise<void> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const { items } = await api.listNamespace({ labelSelector: `${MACHINE_LABEL}=${machine}` });
  for (const { metadata } of items) {
    const maker = parseOwner(metadata?.labels?.[OWNER_LABEL] ?? '');
    if (metadata?.name === undefined || metadata.deletionTimestamp !== undefined) continue;
    if (maker === null || !(await isDead(maker, owner))) continue;
    options.onProgress({
      step: 'clean up',
      detail: `namespace ${metadata.name} of a run that was killed`,
      modeId: null,
    });
    await api.deleteNamespace({ name: metadata.name });
  }
}

/** Deletes what one mode of this run made and waits until it is gone. */
async function removeNamespaces(
  kubeConfig: KubeConfig,
  run: { prefix: string; labels: RunLabels; onProgress: (text: string) => void; signal: AbortSignal },
): Promise<void> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const labelSelector = `${OWNER_LABEL}=${run.labels[OWNER_LABEL]}`;
  const list = async () =>
    (await api.listNamespace({ labelSelector })).items.filter(
      ({ metadata }) => metadata?.name?.startsWith(`${run.prefix}-`) === true,
    );
  for (const { metadata } of await list())
    if (metadata?.name !== undefined) await api.deleteNamespace({ name: metadata.name });
  // Whoever pressed Ctrl-C does not want to watch the cluster delete: what is ordered happens without us.
  if (run.signal.aborted) return;
  await waitFor({
    look: async () => {
      const left = await list();
      return left.length === 0 ? { holds: true, value: null } : { holds: false, why: `${left.length} are left` };
    },
    deadlineMs: GONE_DEADLINE_MS,
    pauseMs: 1000,
    onTimeout: (why) =>
      new InvalidRunError(
        `the cluster is still deleting the run's namespaces: ${why}`,
        `kubectl get namespaces -l ${labelSelector}`,
      ),
  });
}

async function describeEnvironment(clusters: readonly OpenCluster[]): Promise<Environment> {
  const [first] = clusters;
  const own = await loadEnvironment({ testbed: 'cluster', execution: 'native', exec: systemExec, kubeProxies: {} });
  if (first === undefined) return own;
  const node = await first.counters.environment();
  const tools = clusters.flatMap(({ context, kubernetesVersion, place }) => [
    [`kubernetes (${context})`, { path: null, version: kubernetesVersion, sha256: null }] as const,
    [`kube-proxy (${context})`, { path: null, version: place.facts.proxyVersion, sha256: null }] as const,
  ]);
  const { node: nodeTool } = own.tools;
  return {
    ...own,
    kernel: { release: node.release, version: node.version, architecture: node.architecture, options: {} },
    cpu: {
      model: node.cpuModel,
      cores: node.cores,
      mhz: null,
      governor: null,
      virtualization: null,
      mitigations: {},
    },
    memoryBytes: node.memoryBytes,
    operatingSystem: null,
    tools: { ...(nodeTool === undefined ? {} : { node: nodeTool }), ...Object.fromEntries(tools) },
    sysctls: {},
    loadAverage: [...node.loadAverage],
  };
}

function clusterLimits({ context, place }: OpenCluster): readonly Reason[] {
  const where = `context ${context}`;
  const clients = new Set(place.workspace.clients.map((pod) => pod.nodeName));
  const limits: Reason[] = [
    {
      code: 'no-wire',
      message: `${where}: handshakes are not captured on the wire, nor the kernel's tables read: both would take a privileged pod on its nodes`,
      remedy: 'take --testbed kind or netns for them',
    },
  ];
  if (place.eyes.proxy === null)
    limits.push({
      code: 'no-kube-proxy-metrics',
      message: `${where}: kube-proxy's metrics cannot be reached on the client's node: syncs in trials and programming times are unknown, and that all Services are programmed rests on the targets' answers`,
      remedy:
        'let kube-proxy listen on 127.0.0.1:10249 (its default), or name a Prometheus that scrapes it (kubernetes.prometheus)',
    });
  if (clients.size > 1)
    limits.push({
      code: 'one-node-counted',
      message: `${where}: clients stand on ${clients.size} nodes; CPU and conntrack are those of ${place.workspace.clients[0]?.nodeName}`,
      remedy: 'the load on each is its share of the rate',
    });
  return limits;
}
