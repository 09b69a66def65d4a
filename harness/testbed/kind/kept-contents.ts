import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { MANAGED_BY_SELECTOR } from '../../kubernetes/objects/labels.ts';
import { askAgain } from '../kubernetes-shared/ask-again.ts';
import type { ServiceObjects } from '../kubernetes-shared/service-objects.ts';

/** Namespaces of ours in a cluster of ours: …-1, …-2 for Services, one for the pods of each run. */
export const SERVICES_PREFIX = 'bench';
export const PODS_PREFIX = 'bench-pods';

/** Pods of the run before: a Job cannot be changed, and what they hold is quickly made again. */
export async function deletePodNamespaces(kubeConfig: KubeConfig, signal: AbortSignal): Promise<void> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  for (const name of await listNamespaces(kubeConfig)) {
    signal.throwIfAborted();
    if (name.startsWith(`${PODS_PREFIX}-`)) await askAgain(() => api.deleteNamespace({ name }), signal);
  }
}

/** Services of the run before: what stands before the first one of ours must be known, and theirs are in the same tables. */
export async function deleteServices(kubeConfig: KubeConfig, services: ServiceObjects): Promise<void> {
  const names = await listNamespaces(kubeConfig);
  await services.adopt(names.filter((name) => /^bench-[0-9]+$/.test(name)));
  await services.apply({
    namespaces: [],
    services: [],
    slices: [],
    targets: [],
    nodePort: null,
    totalEndpoints: 0,
    targetEndpoints: 0,
  });
}

async function listNamespaces(kubeConfig: KubeConfig): Promise<readonly string[]> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const { items } = await askAgain(() => api.listNamespace({ labelSelector: MANAGED_BY_SELECTOR }));
  return items.flatMap(({ metadata }) => metadata?.name ?? []);
}
