import { ProxyPodLog, proxyLogOf } from '../../dataplane/kube-proxy/pod-log.ts';
import type { Mode } from '../../model/mode.ts';
import { formatOwner } from '../../system/owner.ts';
import { findAddressRoom } from '../kubernetes-shared/address-room.ts';
import { makeModeProgress, type Opening, openServiceObjects, openWorkspace } from '../kubernetes-shared/opening.ts';
import { type ClusterPlace, NO_FACTS, type NodeFacts } from '../kubernetes-shared/place.ts';
import { openContext, requireServer } from './context.ts';
import { openCounters } from './counters-pod.ts';
import type { CountersSession } from './counters-session.ts';
import { ClusterEyes } from './eyes.ts';
import { type FoundProxy, findProxy, requireMode } from './find-proxy.ts';
import { removeDeadNamespaces, removeNamespaces } from './namespaces.ts';
import type { KnownOfProxy } from './proxy-conditions.ts';
import { loadProxySettings } from './proxy-settings.ts';

/** One context of the run, with its pods standing. */
export interface OpenCluster {
  readonly context: string;
  readonly kubernetesVersion: string;
  readonly counters: CountersSession;
  readonly place: ClusterPlace;
  readonly known: KnownOfProxy;
}

export async function openCluster(
  opening: Opening,
  { mode, index, context }: { readonly mode: Mode; readonly index: number; readonly context: string },
): Promise<OpenCluster> {
  const { options, settings, owner, labels, stack, signal } = opening;
  const { clientNodes, serverNodes } = settings;
  const progress = makeModeProgress(opening, mode);
  const kubeConfig = openContext(context);
  const kubernetesVersion = await requireServer(kubeConfig, context);
  await removeDeadNamespaces(opening, kubeConfig);
  const endpointRange = await findAddressRoom(opening, kubeConfig, {
    modes: settings.contexts.filter((one) => one === context).length,
    adopted: false,
    progress,
  });
  // Two modes may be one context (an A/A run): each has namespaces of its own.
  const namespacePrefix = `bench-${formatOwner(owner)}-${index}`;
  const namespace = `${namespacePrefix}-pods`;
  if (!options.keep) stack.defer(() => removeNamespaces(kubeConfig, { prefix: namespacePrefix, labels, signal }));
  const workspace = await openWorkspace(opening, { kubeConfig, namespace, clientNodes, serverNodes }, progress);
  const clientNode = workspace.clients[0]?.nodeName ?? '';
  const counters = await openCounters(opening, { kubeConfig, namespace, clientNode }, progress);
  const { session, nodeAddress } = counters;
  const { addresses, routers, metricsFlag } = await session.environment();
  const node = { first: nodeAddress, local: addresses, metricsFlag };
  const found = await findProxy(opening, { session, node }, await loadProxySettings(kubeConfig));
  requireMode(mode, found.running, context);
  progress('kube-proxy')('does it synchronise by itself?');
  await found.proxy?.findHabit();
  const log = await ProxyPodLog.open(proxyLogOf(kubeConfig, clientNode));
  if (found.proxy !== null) found.proxy.log = log;
  const place: ClusterPlace = {
    mode,
    routing: null,
    namespacePrefix,
    endpointRange,
    workspace,
    services: await openServiceObjects(opening, kubeConfig, progress),
    eyes: new ClusterEyes(session, found.proxy),
    tables: null,
    facts: factsOf(found),
    readClock: async () => (await session.snapshot()).wallMs,
  };
  const { groups } = await session.snapshot();
  const { proxy, tried } = found;
  const hasProcess = groups['kube-proxy'] !== undefined;
  const known = { hasPages: proxy !== null, tried, hasProcess, routers, hasLog: log !== null };
  return { context, kubernetesVersion, counters: session, place, known };
}

function factsOf({ proxy, running, effectiveConfig }: FoundProxy): NodeFacts {
  return { ...NO_FACTS, proxyMode: running, proxyVersion: proxy?.version ?? null, effectiveConfig };
}
