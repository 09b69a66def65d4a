import { NodeProxy } from '../../dataplane/kube-proxy/found.ts';
import { ProxyPodLog, proxyLogOf } from '../../dataplane/kube-proxy/pod-log.ts';
import { loadKernelUnits } from '../../measure/auxiliary-vector.ts';
import { systemLines } from '../../measure/tables/line-source.ts';
import type { TablesAccess } from '../../measure/tables/read-tables.ts';
import { isFloor } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import { formatOwner } from '../../system/owner.ts';
import { findAddressRoom } from '../kubernetes-shared/address-room.ts';
import { loadForeignPorts } from '../kubernetes-shared/foreign-services.ts';
import { ROLE_LABEL } from '../kubernetes-shared/labels.ts';
import { makeModeProgress, type Opening, openServiceObjects, openWorkspace } from '../kubernetes-shared/opening.ts';
import { type ClusterPlace, NO_FACTS } from '../kubernetes-shared/place.ts';
import type { ServiceObjects } from '../kubernetes-shared/service-objects.ts';
import type { Workspace } from '../kubernetes-shared/workspace.ts';
import { loadImages } from './images.ts';
import { deletePodNamespaces, deleteServices, PODS_PREFIX, SERVICES_PREFIX } from './kept-contents.ts';
import { findNodes, type KindNodes, type KindProgram } from './kind-cluster.ts';
import { makeOrReuseCluster } from './mode-cluster.ts';
import { KindEyes } from './node-eyes.ts';
import { findPodPid } from './node-processes.ts';
import { loadProxyFacts } from './proxy-facts.ts';
import { placeKubeProxy } from './proxy-nodes.ts';

export interface KindOpening {
  readonly program: KindProgram;
  readonly opening: Opening;
}

/** The cluster of one mode, from nothing or from one that was kept: kube-proxy where it is measured, images, pods, and the ways to look at them. */
export async function openKindPlace(
  { program, opening }: KindOpening,
  { mode, index }: { readonly mode: Mode; readonly index: number },
): Promise<ClusterPlace> {
  const { options, settings, owner, signal } = opening;
  const progress = makeModeProgress(opening, mode);
  const cluster = await makeOrReuseCluster({ program, opening }, { mode, index });
  const { kubeConfig } = cluster;
  // Before anything is asked of the cluster: an engine of another machine is told by its nodes, and its clusters do not answer here.
  const nodes = await findNodes(program, cluster);
  if (!cluster.reused && !isFloor(mode)) {
    progress('kube-proxy')("on the client's node");
    await placeKubeProxy(kubeConfig, { serverProxy: options.scenario.proxy.serverProxy, signal });
  }
  const endpointRange = isFloor(mode)
    ? null
    : await findAddressRoom(opening, kubeConfig, { modes: 1, adopted: cluster.reused, progress });
  const images = [settings.nginxImage, settings.clientImage];
  await loadImages(program, cluster, {
    images,
    directory: options.temporaryDirectory,
    signal,
    onProgress: progress('images'),
  });
  if (cluster.reused) await deletePodNamespaces(kubeConfig, signal);
  const workspace = await openWorkspace(
    opening,
    {
      kubeConfig,
      namespace: `${PODS_PREFIX}-${formatOwner(owner)}`,
      clientNodes: { [ROLE_LABEL]: 'client' },
      serverNodes: { [ROLE_LABEL]: 'server' },
    },
    progress,
  );
  const services = await openServiceObjects(opening, kubeConfig, progress);
  if (cluster.reused) await deleteServices(kubeConfig, services);
  const sight = await openSight({ program, opening }, { mode, nodes, workspace, services });
  return {
    mode,
    workspace,
    services,
    endpointRange,
    namespacePrefix: SERVICES_PREFIX,
    readClock: async () => Date.now(),
    ...sight,
  };
}

interface Inside {
  readonly mode: Mode;
  readonly nodes: KindNodes;
  readonly workspace: Workspace;
  readonly services: ServiceObjects;
}

type Sight = Pick<ClusterPlace, 'routing' | 'eyes' | 'tables' | 'facts'>;

/** How the client's node is looked at: its counters and wire from this machine, kube-proxy's pages and the tables by commands in it. */
async function openSight(
  { program, opening }: KindOpening,
  { mode, nodes, workspace, services }: Inside,
): Promise<Sight> {
  const { signal, options } = opening;
  const inNode = [program.engine.program, 'exec', nodes.client.name];
  const fetchPage = async (path: string) =>
    (await program.exec.run([...inNode, 'curl', '-sSf', '-m', '10', `http://127.0.0.1:10249${path}`], { signal }))
      .stdout;
  const proxy = isFloor(mode) ? null : new NodeProxy(fetchPage, signal);
  const [onlyClient, ...others] = workspace.clients;
  const eyes = new KindEyes({
    nodes,
    proxy,
    units: loadKernelUnits(),
    clientPodPid: onlyClient === undefined || others.length > 0 ? null : findPodPid(nodes.client.pid, onlyClient.name),
    temporaryDirectory: options.temporaryDirectory,
    signal,
  });
  if (proxy === null) return { routing: null, eyes, tables: null, facts: NO_FACTS };
  const tables: TablesAccess = { lines: systemLines, commandPrefix: inNode, signal };
  const loadForeign = () => loadForeignPorts(workspace.kubeConfig, services.version);
  const facts = await loadProxyFacts({ mode, proxy, nodes, tables, loadForeign, signal });
  proxy.log = await ProxyPodLog.open(proxyLogOf(workspace.kubeConfig, nodes.client.name));
  return { routing: mode.routing, eyes, tables, facts };
}
