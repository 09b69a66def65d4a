import { writeFile } from 'node:fs/promises';
import type { KubeProxy } from '../../dataplane/kube-proxy/started.ts';
import { InvalidRunError } from '../../errors.ts';
import { startEndpointsMirror } from '../../kubernetes/apiserver/endpoints-mirror.ts';
import { startApiServer } from '../../kubernetes/apiserver/server.ts';
import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import { makeBareNode, NO_PROGRAMMING, type StandingNode } from '../../model/target.ts';
import { withoutPlaces } from '../../system/private-path.ts';
import { waitFor } from '../../system/wait.ts';
import { MeasuredNode, type NodeParts } from '../node.ts';
import { BACKEND_PORT, type NodeAddresses } from './addresses.ts';
import { loadTable, serviceRangeOf } from './cluster-table.ts';
import { StartedDataPlane } from './data-plane.ts';
import { describeTables, inspectKernel } from './inspect.ts';
import { NetnsInstruments } from './instruments.ts';
import { nodeWiring } from './links.ts';
import { NetnsLoad } from './load.ts';
import { applyWiring, removeWiring } from './namespaces.ts';
import { NetnsProber } from './prober.ts';
import {
  binaryOf,
  logPath,
  type ProxyPlace,
  startProxy,
  startServerProxy,
  summarizeProgramming,
  waitForProxy,
} from './proxies.ts';
import { NetnsServices } from './services.ts';
import type { StandUpContext } from './stand-up-context.ts';

/** A standing node and how to take it down. */
export interface StoodNode extends AsyncDisposable {
  readonly node: MeasuredNode;
}

/** The floor: a client behind a node that only routes. The load goes straight to the pods. */
export async function standUpFloor(context: StandUpContext, mode: Mode, addresses: NodeAddresses): Promise<StoodNode> {
  await using stack = new AsyncDisposableStack();
  await wire(context, addresses, stack);
  const loadTargets = context.backends.map((backend) => ({
    id: backend.name,
    address: backend.address,
    port: BACKEND_PORT,
  }));
  const node = new MeasuredNode({
    ...lookAt(context, { mode, addresses }, null),
    loadTargets,
    standing: makeBareNode({ sizeServices: context.table.services.length, modeId: mode.id }, loadTargets),
    programming: NO_PROGRAMMING,
    lastChangeMs: 0,
    services: null,
  });
  return stood(node, stack.move());
}

/**
 * One mode's node from nothing to settled: namespaces and links, an API server of its own with all objects, kube-proxy, the settle gate, and a look at what
 * is in the kernel. Nodes are made one after the other, so that each programming time is that of a mode alone.
 */
export async function standUpNode(context: StandUpContext, mode: Mode, addresses: NodeAddresses): Promise<StoodNode> {
  await using stack = new AsyncDisposableStack();
  const progress = (step: string, detail = '') => context.onProgress({ step, detail, modeId: mode.id });
  await wire(context, addresses, stack);
  const api = stack.use(
    await startApiServer({ host: addresses.managementHost, port: 0, serviceCidr: serviceRangeOf(context.scenario) }),
  );
  progress('loading objects', `${context.table.services.length} Services`);
  if (modeOf(mode).needsEndpoints) stack.use(startEndpointsMirror(api.store));
  const loaded = loadTable(api.store, context.table, addresses);
  progress('programming');
  const proxy = stack.use(await startProxy(context, { mode, addresses, api }));
  if (context.scenario.proxy.serverProxy) stack.use(await startServerProxy(context, { mode, addresses }));
  await waitForProxy(context, proxy, loaded.endedAtMs);
  await waitForTargets(context, addresses);
  const programming = await summarizeProgramming(context, proxy, loaded.durationMs);
  await writeFile(logPath(context, mode, 'metrics', 'prom'), await proxy.metricsText(context.signal));
  progress('inspecting');
  const standing = await describeProgrammed(context, { mode, addresses }, proxy);
  progress('settled');
  const node = new MeasuredNode({
    ...lookAt(context, { mode, addresses }, proxy),
    loadTargets: context.table.targets.map(({ id, address, port }) => ({ id, address, port })),
    standing,
    programming,
    lastChangeMs: loaded.endedAtMs,
    services: new NetnsServices(api.store, context.table, context.backends),
  });
  return stood(node, stack.move());
}

function stood(node: MeasuredNode, stack: AsyncDisposableStack): StoodNode {
  return { node, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** What starts the load on a node, looks at it and asks it. */
function lookAt(
  context: StandUpContext,
  { mode, addresses }: Omit<ProxyPlace, 'api'>,
  proxy: KubeProxy | null,
): Pick<NodeParts, 'mode' | 'dataPlane' | 'startLoad' | 'instruments' | 'prober'> {
  const load = new NetnsLoad(context, addresses);
  return {
    mode,
    dataPlane: proxy === null ? null : new StartedDataPlane(proxy, context.runSignal),
    startLoad: (spec, onMessage) => load.start(spec, onMessage),
    instruments: new NetnsInstruments(context, { mode, addresses, load }, proxy?.process.pid ?? null),
    prober: new NetnsProber(context, addresses),
  };
}

/** What is in a programmed node's kernel. */
async function describeProgrammed(
  context: StandUpContext,
  { mode, addresses }: Omit<ProxyPlace, 'api'>,
  proxy: KubeProxy,
): Promise<StandingNode> {
  const { signal, table } = context;
  const binary = binaryOf(context, mode);
  const tables = await inspectKernel({ mode, node: addresses, signal }, table);
  const config = await proxy.effectiveConfig(signal);
  return {
    ...makeBareNode({ sizeServices: table.services.length, modeId: mode.id }, []),
    proxyMode: await proxy.runningMode(signal),
    proxyVersion: binary.version,
    proxySha256: binary.sha256,
    effectiveConfig: config === null ? null : withoutPlaces(config),
    ...describeTables(tables, table),
  };
}

async function wire(context: StandUpContext, addresses: NodeAddresses, stack: AsyncDisposableStack): Promise<void> {
  const wiring = nodeWiring(addresses, { serverProxy: context.scenario.proxy.serverProxy });
  stack.defer(() => removeWiring(context.exec, wiring));
  await applyWiring(context.exec, wiring);
}

async function waitForTargets(context: StandUpContext, addresses: NodeAddresses): Promise<void> {
  const prober = new NetnsProber(context, addresses);
  await waitFor({
    look: async () => {
      const why = await prober.findSilent(context.table.targets);
      return why === null ? { holds: true, value: null } : { holds: false, why };
    },
    deadlineMs: 30_000 * context.slowness,
    pauseMs: 100,
    onTimeout: (why) =>
      new InvalidRunError(
        `kube-proxy says that it is settled, but ${why}`,
        `read the logs in ${context.logsDirectory}`,
      ),
    signal: context.signal,
  });
}
