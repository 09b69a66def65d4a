import { join } from 'node:path';
import { KubeProxy } from '../../dataplane/kube-proxy/started.ts';
import { EnvironmentError, InvalidRunError } from '../../errors.ts';
import { type ApiServer, startApiServer } from '../../kubernetes/apiserver/server.ts';
import { takeSnapshot } from '../../measure/snapshot.ts';
import { modeOf } from '../../mode/table.ts';
import type { KubeProxyBinary } from '../../model/kube-proxy-binary.ts';
import type { Mode } from '../../model/mode.ts';
import type { Programming } from '../../model/target.ts';
import { waitFor } from '../../system/wait.ts';
import { type NodeAddresses, POD_RANGE } from './addresses.ts';
import { loadTable, serviceRangeOf } from './cluster-table.ts';
import { inNamespace } from './namespaces.ts';
import type { StandUpContext } from './stand-up-context.ts';

/** A size that takes longer than this to program is an error, not a measurement: nftables on kernel 6.1 has been seen to take 13 minutes. */
const PROGRAMMING_DEADLINE_MS = 20 * 60_000;
const START_DEADLINE_MS = 30_000;

/** A node's mode, addresses, and the API server that its kube-proxy watches. */
export interface ProxyPlace {
  readonly mode: Mode;
  readonly addresses: NodeAddresses;
  readonly api: ApiServer;
}

/** `logs/kube-proxy-nftables-10000.log`: one file of a kind for every mode and size. */
export function logPath(context: StandUpContext, mode: Mode, what: string, ending: string): string {
  const name = mode.id.replaceAll(/[^\w.#-]/g, '_');
  return join(context.logsDirectory, `${what}-${name}-${context.table.services.length}.${ending}`);
}

export function binaryOf(context: StandUpContext, { proxyVersion }: Mode): KubeProxyBinary {
  const binary = context.binaries[proxyVersion ?? ''];
  if (binary === undefined)
    throw new EnvironmentError(`there is no kube-proxy ${proxyVersion}`, 'name a version or a path with --kube-proxy');
  return binary;
}

/** kube-proxy on the client's node. */
export function startProxy(context: StandUpContext, { mode, addresses, api }: ProxyPlace): Promise<KubeProxy> {
  return start(context, mode, {
    name: 'kube-proxy',
    index: addresses.index,
    nodeName: addresses.nodeName,
    namespace: addresses.nodeNamespace,
    address: addresses.managementNode,
    apiServerUrl: api.url,
  });
}

/** `serverProxy: true`: the same mode once more on the server's node, reached over a management link of its own. */
export async function startServerProxy(
  context: StandUpContext,
  { mode, addresses }: Omit<ProxyPlace, 'api'>,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const relay = stack.use(
    await startApiServer({
      host: addresses.serverManagementHost,
      port: 0,
      serviceCidr: serviceRangeOf(context.scenario),
    }),
  );
  const loaded = loadTable(relay.store, context.table, {
    ...addresses,
    nodeName: addresses.serverNodeName,
    nodeAddress: addresses.serverSideAddress,
  });
  const proxy = stack.use(
    await start(context, mode, {
      name: 'server-kube-proxy',
      index: addresses.index,
      nodeName: addresses.serverNodeName,
      namespace: addresses.serverNodeNamespace,
      address: addresses.serverManagementNode,
      apiServerUrl: relay.url,
    }),
  );
  await waitForProxy(context, proxy, loaded.endedAtMs);
  return stack.move();
}

/** Where a kube-proxy stands, and what its log and directory are called. */
interface Stand {
  readonly name: string;
  readonly index: number;
  readonly nodeName: string;
  readonly namespace: string;
  /** Where its metrics are asked for. */
  readonly address: string;
  readonly apiServerUrl: string;
}

/**
 * Where the CPU is emulated a process takes about 0.14 s, and kube-proxy starts one of ipset for every entry that its sets lack: at 10,000 Services 23 minutes for each set. What is in the
 * kernel in the end is the same; only the time to programme it is not, and the run says so.
 */
async function fillSets({ exec, table }: StandUpContext, mode: Mode, namespace: string): Promise<void> {
  const sets = modeOf(mode).setsBeforeStart?.(table.services);
  if (sets !== undefined) await exec.run([...inNamespace(namespace), ...sets.command], { input: sets.input });
}

async function start(context: StandUpContext, mode: Mode, stand: Stand): Promise<KubeProxy> {
  const binary = binaryOf(context, mode);
  if (context.slowness > 1) await fillSets(context, mode, stand.namespace);
  return KubeProxy.start({
    mode,
    binary: binary.path,
    version: binary.version,
    nodeName: stand.nodeName,
    apiServerUrl: stand.apiServerUrl,
    podRange: POD_RANGE,
    commandPrefix: inNamespace(stand.namespace),
    directory: join(context.temporaryDirectory, `${stand.name}-${context.table.services.length}-${stand.index}`),
    logFile: logPath(context, mode, stand.name, 'log'),
    slowness: context.slowness,
    xtables: context.xtables,
    address: stand.address,
    deadlineMs: START_DEADLINE_MS * context.slowness,
    signal: context.signal,
  });
}

export function waitForProxy(context: StandUpContext, proxy: KubeProxy, lastChangeMs: number): Promise<null> {
  return waitFor({
    look: async () => {
      proxy.requireSyncing();
      const why = await proxy.unsettled(lastChangeMs, context.signal);
      return why === null ? { holds: true, value: null } : { holds: false, why };
    },
    deadlineMs: PROGRAMMING_DEADLINE_MS,
    // Reading all of its metrics takes a share of an emulated CPU that it needs itself.
    pauseMs: 100 * context.slowness,
    onTimeout: (why) =>
      new InvalidRunError(
        `${proxy.process.name} did not settle in ${PROGRAMMING_DEADLINE_MS / 60_000} minutes: ${why}`,
        `read ${proxy.process.logFile}`,
      ),
    signal: context.signal,
  });
}

/** What it took from kube-proxy's start to now. */
export async function summarizeProgramming(
  context: StandUpContext,
  proxy: KubeProxy,
  loadObjectsMs: number,
): Promise<Programming> {
  const settledMs = proxy.runningForMs;
  const syncs = proxy.syncsBetween(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  const groups = [{ group: 'kube-proxy' as const, pids: [proxy.process.pid], endedChildren: 'count' as const }];
  const used = takeSnapshot({ units: context.units, groups, nodePid: proxy.process.pid }).groups['kube-proxy'];
  return {
    loadObjectsMs,
    settledMs,
    syncMs: syncs.reduce((sum, sync) => sum + sync.durationMs, 0),
    syncs: syncs.length,
    kubeProxyCpuUs: used?.cpuUs ?? null,
    kubeProxyRssBytes: used?.rssBytes ?? null,
    concurrentNodes: 0,
  };
}
