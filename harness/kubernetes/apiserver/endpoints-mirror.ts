import type { CoreV1EndpointPort, V1Endpoint, V1EndpointSlice, V1Endpoints } from '@kubernetes/client-node';
import { SERVICE_NAME_LABEL } from '../objects/labels.ts';
import { type Entry, keyOf } from './entry.ts';
import type { Change } from './event-log.ts';
import type { Store } from './store.ts';

/**
 * Keeps core/v1 Endpoints in step with the EndpointSlices, for a kube-proxy in userspace mode (up to 1.25), which reads nothing else. In Kubernetes
 * the mirroring goes the other way; here slices are what the harness writes. Every write of a slice writes the Endpoints of its Service before
 * it returns. Starting it takes up the slices that are there.
 */
export function startEndpointsMirror(store: Store): Disposable {
  const slices = store.collection('endpointslices');
  const mirrored = new Map<string, Map<string, Entry>>();
  for (const entry of store.snapshot('endpointslices').entries) remember(mirrored, entry);
  for (const [key, entries] of mirrored) writeEndpoints(store, key, [...entries.values()]);

  let position = slices.log.end;
  return slices.onChange(() => {
    for (let change = slices.log.at(position); change !== undefined; change = slices.log.at(position)) {
      position += 1;
      if (change !== null) mirrorChange(store, mirrored, change);
    }
  });
}

type MirroredSlices = Map<string, Map<string, Entry>>;

function serviceKeyOf(entry: Entry): string | null {
  const name = entry.labels[SERVICE_NAME_LABEL];
  return name === undefined || name === '' ? null : keyOf(entry.namespace, name);
}

function remember(mirrored: MirroredSlices, entry: Entry): void {
  const key = serviceKeyOf(entry);
  if (key === null) return;
  const entries = mirrored.get(key) ?? new Map<string, Entry>();
  entries.set(entry.key, entry);
  mirrored.set(key, entries);
}

function mirrorChange(store: Store, mirrored: MirroredSlices, change: Change): void {
  const before = change.previous === null ? null : serviceKeyOf(change.previous);
  const after = change.type === 'DELETED' ? null : serviceKeyOf(change.entry);
  if (before !== null) mirrored.get(before)?.delete(change.entry.key);
  if (after !== null) remember(mirrored, change.entry);
  for (const key of new Set([before, after])) {
    if (key !== null) writeEndpoints(store, key, [...(mirrored.get(key)?.values() ?? [])]);
  }
}

function writeEndpoints(store: Store, key: string, entries: readonly Entry[]): void {
  const [namespace = '', name = ''] = key.split('/');
  if (entries.length > 0) {
    const slices = entries.map((entry) => store.read('endpointslices', entry) as V1EndpointSlice);
    store.put('endpoints', makeEndpoints({ namespace, name }, slices));
  } else if (store.collection('endpoints').get(key) !== undefined) {
    store.remove('endpoints', { namespace, name });
  }
}

/** The Endpoints that say the same as these slices of one Service. */
function makeEndpoints(
  place: { readonly namespace: string; readonly name: string },
  slices: readonly V1EndpointSlice[],
): V1Endpoints {
  const subsets = slices.flatMap((slice) => {
    const endpoints = slice.endpoints ?? [];
    if (endpoints.length === 0) return [];
    const isReady = (endpoint: V1Endpoint) => endpoint.conditions?.ready !== false;
    const ready = endpoints.filter(isReady).flatMap(addressesOf);
    const notReady = endpoints.filter((endpoint) => !isReady(endpoint)).flatMap(addressesOf);
    return [
      {
        ...(ready.length === 0 ? {} : { addresses: ready }),
        ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
        ports: (slice.ports ?? []).map(
          (port): CoreV1EndpointPort => ({
            ...(port.name === undefined ? {} : { name: port.name }),
            port: port.port ?? 0,
            protocol: port.protocol ?? 'TCP',
          }),
        ),
      },
    ];
  });
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { ...place }, subsets };
}

function addressesOf(endpoint: V1Endpoint): { ip: string }[] {
  return endpoint.addresses.map((ip) => ({ ip }));
}
