import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
  type V1ConfigMap,
  type V1Pod,
  type V1Service,
} from '@kubernetes/client-node';
import { UsageError } from '../../errors.ts';
import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import { makeBackendConfig, makeBackendPod, type PodPlace } from './pod-objects.ts';

/** `backends: pods`: a pod belongs to the Service that this label names. */
export const SERVICE_LABEL = 'service-routing-bench/service';

/** Services of a table with selectors in place of slices, and the pods that they select: what users have, where a node can hold it. Pure. */
export function withOwnPods(
  table: ServiceTable,
  options: { readonly endpointsPerService: number; readonly place: Omit<PodPlace, 'namespace'> },
): { readonly table: ServiceTable; readonly pods: readonly V1Pod[]; readonly configs: readonly V1ConfigMap[] } {
  const { endpointsPerService, place } = options;
  const services = table.services.map((service): V1Service => {
    const selector = { [SERVICE_LABEL]: service.metadata?.name ?? '' };
    return { ...service, spec: { ...service.spec, selector } };
  });
  const pods = services.flatMap(({ metadata: { name = '', namespace = '' } = {} }) =>
    Array.from({ length: endpointsPerService }, (_, index) =>
      makeBackendPod({ ...place, namespace }, `${name}-pod-${index + 1}`, { [SERVICE_LABEL]: name }),
    ),
  );
  const configs = table.namespaces.map(({ metadata }) =>
    makeBackendConfig({ namespace: metadata?.name ?? '', labels: place.labels }),
  );
  return { table: { ...table, services, slices: [], totalEndpoints: pods.length }, pods, configs };
}

/** Refuses more pods than the backends' nodes hold, with the numbers. Where this user may not look at nodes, a pod that finds no place says so itself. */
export async function requirePodCapacity(
  kubeConfig: KubeConfig,
  demand: { readonly pods: number; readonly nodeSelector: Readonly<Record<string, string>> },
): Promise<void> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const labelSelector = Object.entries(demand.nodeSelector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const nodes = await api.listNode({ labelSelector }).then(
    ({ items }) => items,
    (error: unknown) => {
      if (error instanceof ApiException && error.code === 403) return null;
      throw error;
    },
  );
  if (nodes === null) return;
  const names = new Set(nodes.map((node) => node.metadata?.name));
  const room = nodes.reduce((sum, node) => sum + Number(node.status?.allocatable?.pods ?? 0), 0);
  const taken = (await api.listPodForAllNamespaces()).items.filter(
    ({ spec, status }) => names.has(spec?.nodeName) && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  ).length;
  if (demand.pods <= room - taken) return;
  throw new UsageError(
    `backends: pods needs ${demand.pods} pods of its own, and the nodes of the backends hold ${room}, of which ${taken} are taken`,
    'ask for fewer Services or endpoints, or let slices point at the same ten pods (backends: shared) or at synthetic ones (distinct)',
  );
}
