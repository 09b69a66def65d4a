import { type KubeConfig, KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { forEachConcurrently } from './concurrency.ts';
import { classifyApiFailure, DEFAULT_RETRY_POLICY, type RetryPolicy, withRetries } from './retry.ts';

/** An object that says what it is; those of `makeServices` and its neighbours do. */
export interface ApplicableObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

export interface ApplyProgress {
  readonly done: number;
  readonly total: number;
  /** Requests that had to be sent again so far. */
  readonly retries: number;
}

export interface ApplyOptions {
  /** Requests under way at once. Default 32: a kind control plane on 2 cores is saturated by then. */
  readonly concurrency?: number;
  readonly retry?: RetryPolicy;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ApplyProgress) => void;
}

export interface ApplySummary {
  readonly created: number;
  /** Objects that were there already and now say what was applied. */
  readonly updated: number;
  readonly retries: number;
}

type Applied = 'created' | 'updated';

/**
 * Makes the API server hold the objects: creates them, or merges them into those of the same name. Safe to run again. Objects that need others
 * (Namespaces) must come in an earlier call, because within one call there is no order. Rejects with an EnvironmentError that names the
 * object when the server refuses one for good, or for longer than the retries last.
 */
export async function applyObjects(
  kubeConfig: KubeConfig,
  objects: readonly ApplicableObject[],
  options: ApplyOptions = {},
): Promise<ApplySummary> {
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  const counts = { created: 0, updated: 0, retries: 0 };
  const report = () => {
    options.onProgress?.({ done: counts.created + counts.updated, total: objects.length, retries: counts.retries });
  };
  const applyOne = async (object: ApplicableObject) => {
    const applied = await withRetries(() => createOrMerge(api, object), {
      policy: options.retry ?? DEFAULT_RETRY_POLICY,
      signal: options.signal,
      onRetry: () => {
        counts.retries += 1;
        report();
      },
    }).catch((error) => rethrow(error, object, options.signal));
    counts[applied] += 1;
    report();
  };
  await forEachConcurrently(objects, options.concurrency ?? 32, applyOne);
  return counts;
}

/** A create whose answer was lost is found again as AlreadyExists and merged: the retry is safe. */
async function createOrMerge(api: KubernetesObjectApi, object: ApplicableObject): Promise<Applied> {
  const spec = object as Parameters<typeof api.create>[0];
  try {
    await api.create(spec);
    return 'created';
  } catch (error) {
    if (classifyApiFailure(error).kind !== 'already-exists') throw error;
  }
  await api.patch(spec, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
  return 'updated';
}

function rethrow(error: unknown, object: ApplicableObject, signal: AbortSignal | undefined): never {
  if (signal?.aborted === true) throw signal.reason;
  const { name = '', namespace } = object.metadata ?? {};
  const place = namespace === undefined ? name : `${namespace}/${name}`;
  throw new EnvironmentError(
    `${object.kind ?? 'object'} ${place} cannot be written: ${classifyApiFailure(error).message}`,
    'look at the API server (kubectl get --raw /readyz?verbose) and at the rights of the kubeconfig, then start again: what was written is kept',
    { cause: error },
  );
}
