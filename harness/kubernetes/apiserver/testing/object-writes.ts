import type { ApiRequest } from '../api-request.ts';
import { placeObject, readObject, writeMode } from '../create-object.ts';
import { type Entry, parseEntry } from '../entry.ts';
import { fieldAt, type JsonObject, type KubernetesObject } from '../kubernetes-object.ts';
import { makeObjectFilter } from '../object-filter.ts';
import { parseServed } from '../representation.ts';
import { apiVersionOf, storedVersion } from '../resource.ts';
import { badRequest, conflict, invalid, methodNotAllowed } from '../status-error.ts';
import type { Store } from '../store.ts';
import { applyObjectPatch } from './patch.ts';

export function updateObject(store: Store, request: ApiRequest, body: unknown): Entry {
  if (request.name === '') throw methodNotAllowed(request.resource, 'update');
  return replaceObject(store, request, readObject(request, body));
}

export function patchObject(store: Store, request: ApiRequest, body: unknown, contentType: string): Entry {
  if (request.name === '') throw methodNotAllowed(request.resource, 'patch');
  const current = parseServed(request.resource, request.served, store.entry(request.resource.plural, request));
  const patched = applyObjectPatch(current, body, contentType);
  return replaceObject(store, request, readObject(request, patched));
}

/** Deletes the object and returns it as it was. */
export function deleteObject(store: Store, request: ApiRequest, body: unknown): Entry {
  const name = request.resource.plural;
  const current = store.entry(name, request);
  const uid = fieldAt(body, 'preconditions.uid');
  const version = fieldAt(body, 'preconditions.resourceVersion');
  store.remove(
    name,
    request,
    {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof version === 'string' ? { resourceVersion: version } : {}),
    },
    writeMode(request, body),
  );
  return current;
}

/** Deletes what the selectors say and returns it. */
export function deleteObjects(store: Store, request: ApiRequest, body: unknown): Entry[] {
  const name = request.resource.plural;
  const isSelected = makeObjectFilter(request.resource, request.served, {
    namespace: request.namespace,
    labelSelector: request.query.get('labelSelector') ?? '',
    fieldSelector: request.query.get('fieldSelector') ?? '',
  });
  const selected = store.snapshot(name).entries.filter(isSelected);
  if (writeMode(request, body) === 'commit') store.removeMany(name, isSelected);
  return selected;
}

function replaceObject(store: Store, request: ApiRequest, object: JsonObject): Entry {
  const placed = placeObject(request, object);
  const { resource } = request;
  if (placed.metadata?.name !== request.name) {
    const message = `the name of the object (${placed.metadata?.name}) does not match the name on the URL (${request.name})`;
    throw placed.metadata?.name === undefined
      ? invalid(resource, request.name, [{ field: 'metadata.name', message: 'Required value' }])
      : badRequest(message);
  }
  const current = store.entry(resource.plural, request);
  if (placed.metadata.uid !== undefined && placed.metadata.uid !== '' && placed.metadata.uid !== current.uid) {
    throw conflict(resource, request.name);
  }
  const stored = parseEntry(current, apiVersionOf(storedVersion(resource)), resource.kind) as JsonObject;
  const replacement: KubernetesObject =
    request.subresource === 'status' ? ({ ...stored, status: object.status } as KubernetesObject) : placed;
  return store.update(resource.plural, replacement, writeMode(request)).entry;
}
