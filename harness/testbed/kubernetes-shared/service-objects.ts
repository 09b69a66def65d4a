import {
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  type V1EndpointSlice,
  type V1Service,
} from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { type ApplicableObject, applyObjects } from '../../kubernetes/client/apply.ts';
import { forEachConcurrently } from '../../kubernetes/client/concurrency.ts';
import { classifyApiFailure } from '../../kubernetes/client/retry.ts';
import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import type { LoadTarget } from '../../model/load.ts';
import { sha256Hex } from '../../system/exec.ts';
import { askAgain } from './ask-again.ts';

/** Where EndpointSlices are in this cluster: v1 came with Kubernetes 1.21 (and v1beta1 went with 1.25). */
export type DiscoveryVersion = 'discovery.k8s.io/v1' | 'discovery.k8s.io/v1beta1';

export async function findDiscoveryVersion(kubeConfig: KubeConfig): Promise<DiscoveryVersion> {
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  const serves = async (version: DiscoveryVersion) => {
    const ask = () =>
      api.list(version, 'EndpointSlice', 'default', undefined, undefined, undefined, undefined, undefined, 1);
    try {
      await askAgain(ask);
      return true;
    } catch (error) {
      // The client finds out by itself that a version has no such kind, and then it is no answer of the server.
      if (error instanceof EnvironmentError) throw error;
      return false;
    }
  };
  for (const version of ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1'] as const)
    if (await serves(version)) return version;
  throw new EnvironmentError(
    'the cluster has no EndpointSlices (discovery.k8s.io/v1 or v1beta1), or this user may not list them',
    'take Kubernetes 1.17 or later, and grant what infra/kubernetes/rbac.yaml grants',
  );
}

/** The API server gives every Service its address: what the table planned is its own range, and others have Services in the cluster too. */
export function withoutAddress(service: V1Service): V1Service {
  const { clusterIP: _one, clusterIPs: _all, externalTrafficPolicy: _outside, ...spec } = service.spec ?? {};
  return { ...service, spec };
}

export function inVersion(slice: V1EndpointSlice, version: DiscoveryVersion): ApplicableObject {
  return { ...slice, apiVersion: version };
}

export interface AppliedTable {
  readonly durationMs: number;
  /** By this machine's monotonic clock. */
  readonly startedMs: number;
  /** How long one request took in the mean: what it wrote may have been taken up that long before its answer came. */
  readonly requestMs: number;
  readonly written: number;
}

export interface ServiceObjectsOptions {
  readonly kubeConfig: KubeConfig;
  readonly version: DiscoveryVersion;
  readonly signal: AbortSignal;
  /** At most once a second. */
  readonly onProgress: (text: string) => void;
}

const PROGRESS_MS = 1000;
/** A kind control plane on 2 cores is saturated by then. */
const CONCURRENCY = 32;

/** The Services and slices of one cluster: a size is reached from the one before by writing what differs and deleting what is no more. */
export class ServiceObjects {
  readonly #options: ServiceObjectsOptions;
  readonly #api: KubernetesObjectApi;
  readonly #applied = new Map<string, { readonly object: ApplicableObject; readonly digest: string }>();

  constructor(options: ServiceObjectsOptions) {
    this.#options = options;
    this.#api = KubernetesObjectApi.makeApiClient(options.kubeConfig);
  }

  get version(): DiscoveryVersion {
    return this.#options.version;
  }

  /** Objects from an earlier run in a cluster that was kept: they count as there, with the contents that they say they have. */
  async adopt(namespaces: readonly string[]): Promise<void> {
    for (const namespace of namespaces) {
      for (const [apiVersion, kind] of [
        ['v1', 'Service'],
        [this.#options.version, 'EndpointSlice'],
      ] as const) {
        const { items } = await askAgain(() => this.#api.list(apiVersion, kind, namespace));
        for (const { metadata } of items) {
          const object = { apiVersion, kind, metadata: { name: metadata?.name ?? '', namespace } };
          this.#applied.set(keyOf(object), { object, digest: metadata?.annotations?.[DIGEST_ANNOTATION] ?? '' });
        }
      }
    }
  }

  /** Makes the cluster hold this table (and `others`, which belong to it), no more and no less. Rejects with EnvironmentError naming an object that the server refuses for good. */
  async apply(table: ServiceTable, others: readonly ApplicableObject[] = []): Promise<AppliedTable> {
    const wanted = [
      ...others,
      ...table.services.map(withoutAddress),
      ...table.slices.map((slice) => inVersion(slice, this.#options.version)),
    ].map(withDigest);
    const changed = wanted.filter(({ key, digest }) => this.#applied.get(key)?.digest !== digest);
    const kept = new Set(wanted.map(({ key }) => key));
    const gone = [...this.#applied].filter(([key]) => !kept.has(key));
    const startedMs = performance.now();
    await this.#write(table.namespaces, 'namespaces');
    await this.#write(
      changed.map(({ object }) => object),
      'Services and slices',
    );
    await forEachConcurrently(gone, CONCURRENCY, ([key, { object }]) => this.#delete(key, object));
    for (const { object, key, digest } of changed)
      this.#applied.set(key, { object: { ...object, spec: undefined } as ApplicableObject, digest });
    const durationMs = performance.now() - startedMs;
    const written = changed.length + gone.length;
    const requestMs = Math.min(durationMs, (durationMs * CONCURRENCY) / Math.max(1, written));
    return { startedMs, durationMs, requestMs, written };
  }

  /** The targets of a table with the addresses that the API server gave them. */
  async targets(table: ServiceTable): Promise<readonly LoadTarget[]> {
    return Promise.all(
      table.targets.map(async ({ id, namespace, port }) => {
        const metadata = { name: id, namespace };
        const service = await askAgain(
          () => this.#api.read<V1Service>({ apiVersion: 'v1', kind: 'Service', metadata }),
          this.#options.signal,
        );
        const address = service.spec?.clusterIP;
        if (address === undefined || address === '' || address === 'None')
          throw new EnvironmentError(`Service ${namespace}/${id} got no ClusterIP`, 'look at the cluster with kubectl');
        return { id, address, port };
      }),
    );
  }

  async #write(objects: readonly ApplicableObject[], what: string): Promise<void> {
    const { kubeConfig, signal, onProgress } = this.#options;
    let toldMs = performance.now();
    await applyObjects(kubeConfig, objects, {
      concurrency: CONCURRENCY,
      signal,
      onProgress: ({ done, total, retries }) => {
        if (performance.now() - toldMs < PROGRESS_MS) return;
        toldMs = performance.now();
        onProgress(`${done} of ${total} ${what}${retries === 0 ? '' : `, ${retries} sent again`}`);
      },
    });
  }

  async #delete(key: string, object: ApplicableObject): Promise<void> {
    const remove = () => this.#api.delete(object as Parameters<KubernetesObjectApi['delete']>[0]);
    await askAgain(remove, this.#options.signal).catch((error) => {
      if (classifyApiFailure(error).kind !== 'not-found') throw error;
    });
    this.#applied.delete(key);
  }
}

/** What an object holds beside its name and labels, which are another run's and say nothing of it. */
const DIGEST_ANNOTATION = 'service-routing-bench/digest';

function withDigest(object: ApplicableObject & KubernetesObject) {
  const digest = sha256Hex(JSON.stringify({ ...object, metadata: undefined })).slice(0, 16);
  const annotations = { ...object.metadata?.annotations, [DIGEST_ANNOTATION]: digest };
  return { key: keyOf(object), digest, object: { ...object, metadata: { ...object.metadata, annotations } } };
}

function keyOf({ kind, metadata }: ApplicableObject): string {
  return `${kind} ${metadata?.namespace}/${metadata?.name}`;
}
