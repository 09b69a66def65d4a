import { type KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { EnvironmentError } from '../../../errors.ts';
import type { ApplicableObject, ApplyOptions } from '../apply.ts';
import { forEachConcurrently } from '../concurrency.ts';
import { classifyApiFailure, DEFAULT_RETRY_POLICY, type RetryPolicy, withRetries } from '../retry.ts';

export interface DeleteOptions extends ApplyOptions {
  /** What is deleted, in this order. The default is what `makeServices` makes; Namespaces come last, so that theirs are quickly empty. */
  readonly kinds?: readonly { readonly apiVersion: string; readonly kind: string }[];
}

const DEFAULT_KINDS = [
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'Namespace' },
] as const;

/** Objects of one list request: the API server need not hold more in memory, nor this process. */
const PAGE = 500;

/**
 * Deletes all objects with these labels, in all namespaces, and returns how many. What is gone already is no problem. It does not wait until a real
 * cluster has finished: a Namespace goes on terminating.
 */
export async function deleteLabelled(
  kubeConfig: KubeConfig,
  labelSelector: string,
  options: DeleteOptions = {},
): Promise<{ readonly deleted: number; readonly retries: number }> {
  // An empty selector means everything to an API server: nobody wants that here.
  if (labelSelector.trim() === '') throw new Error('deleteLabelled needs a label selector');
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  const counts = { deleted: 0, retries: 0 };
  const retry = {
    policy: options.retry ?? DEFAULT_RETRY_POLICY,
    signal: options.signal,
    onRetry: () => {
      counts.retries += 1;
    },
  };
  for (const type of options.kinds ?? DEFAULT_KINDS) {
    const objects = await listLabelled(api, type, labelSelector, retry);
    await forEachConcurrently(objects, options.concurrency ?? 32, async (object) => {
      counts.deleted += await deleteOne(api, object, retry);
      options.onProgress?.({ done: counts.deleted, total: objects.length, retries: counts.retries });
    });
  }
  return counts;
}

type Retry = { policy: RetryPolicy; signal: AbortSignal | undefined; onRetry: () => void };

/** Only what a deletion needs of each object is kept. */
async function listLabelled(
  api: KubernetesObjectApi,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  labelSelector: string,
  retry: Retry,
): Promise<ApplicableObject[]> {
  const found: ApplicableObject[] = [];
  let token: string | undefined;
  do {
    const request = () =>
      api.list(apiVersion, kind, undefined, undefined, undefined, undefined, undefined, labelSelector, PAGE, token);
    const page = await withRetries(request, retry);
    for (const { metadata } of page.items) {
      if (metadata?.name === undefined) continue;
      const { name, namespace } = metadata;
      found.push({ apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } });
    }
    token = page.metadata?._continue;
  } while (token !== undefined && token !== '');
  return found;
}

async function deleteOne(api: KubernetesObjectApi, object: ApplicableObject, retry: Retry): Promise<0 | 1> {
  try {
    await withRetries(() => api.delete(object as Parameters<typeof api.delete>[0]), retry);
    return 1;
  } catch (error) {
    const failure = classifyApiFailure(error);
    if (failure.kind === 'not-found') return 0;
    if (retry.signal?.aborted === true) throw retry.signal.reason;
    throw new EnvironmentError(
      `${object.kind} ${object.metadata?.name} cannot be deleted: ${failure.message}`,
      'delete what is left with kubectl delete services,endpointslices,namespaces -A -l <the same labels>',
      { cause: error },
    );
  }
}
