import { writeFile } from 'node:fs/promises';
import { InvalidRunError } from '../../errors.ts';
import { startEndpointsMirror } from '../../kubernetes/apiserver/endpoints-mirror.ts';
import { startApiServer } from '../../kubernetes/apiserver/server.ts';
import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import { makeBareNode } from '../../model/target.ts';
import { patientMs } from '../../system/patience.ts';
import { waitFor } from '../../system/wait.ts';
import { BACKEND_PORT, type NodeAddresses } from './addresses.ts';
import { loadTable, serviceRangeOf } from './cluster-table.ts';
import { examineNode } from './examine.ts';
import { nodeWiring } from './links.ts';
import { applyWiring, removeWiring } from './namespaces.ts';
import { NetnsNode } from './node.ts';
import { findSilentTargets } from './probes.ts';
import { logPath, startProxy, startServerProxy, summarizeProgramming, waitForProxy } from './proxies.ts';
import type { StandUpContext } from './stand-up-context.ts';

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
  const api = stack.use(
    await startApiServer({ host: addresses.managementHost, port: 0, serviceCidr: serviceRangeOf(context.scenario) }),
  );
  progress('loading objects', `${context.table.services.length} Services`);
  if (modeOf(mode).needsEndpoints) stack.use(startEndpointsMirror(api.store));
  const loaded = loadTable(api.store, context.table, addresses);
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
  const record = await examineNode(context, { mode, addresses, proxy, programming, api, settled });
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
