import type { ApiRequest } from './api-request.ts';
import { type Entry, parseEntry } from './entry.ts';
import { fieldAt, isJsonObject, type JsonObject, type KubernetesObject } from './kubernetes-object.ts';
import { makeObjectFilter } from './object-filter.ts';
import { parseServed } from './representation.ts';
import { apiVersionOf, storedVersion } from './resource.ts';
import { badRequest, conflict, invalid, methodNotAllowed, StatusError } from './status-error.ts';
import type { Store, WriteMode } from './store.ts';
import { applyObjectPatch } from './testing/patch.ts';

export function createObject(store: Store, request: ApiRequest, body: unknown): Entry {
  if (request.name !== '') throw methodNotAllowed(request.resource, 'create');
  const object = placeObject(request, readObject(request, body));
  return store.create(request.resource.plural, object, writeMode(request)).entry;
}

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

/** The object in the stored version, of the kind that the path speaks of. */
function readObject(request: ApiRequest, body: unknown): JsonObject {
  if (!isJsonObject(body)) throw badRequest('a JSON object is needed as the body');
  const { resource, served } = request;
  const apiVersion = apiVersionOf(served);
  if ((body.kind ?? resource.kind) !== resource.kind || (body.apiVersion ?? apiVersion) !== apiVersion) {
    const given = `${String(body.apiVersion)}, Kind=${String(body.kind)}`;
    throw badRequest(`${given} in the body does not match ${apiVersion}, Kind=${resource.kind} of the path`);
  }
  if (body.metadata !== undefined && !isJsonObject(body.metadata)) throw badRequest('metadata is no object');
  return served.toStored?.(body) ?? body;
}

/** The object in the namespace of the path, which must not contradict its own. */
function placeObject(request: ApiRequest, object: JsonObject): KubernetesObject {
  const metadata: JsonObject = isJsonObject(object.metadata) ? object.metadata : {};
  for (const field of ['name', 'namespace', 'generateName', 'uid', 'resourceVersion']) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== 'string') {
      throw badRequest(`metadata.${field} is no string`);
    }
  }
  if (!request.resource.namespaced) return object;
  const namespace =
    metadata.namespace === undefined || metadata.namespace === '' ? request.namespace : metadata.namespace;
  if (namespace !== request.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return { ...object, metadata: { ...metadata, namespace: request.namespace } };
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

function writeMode(request: ApiRequest, body?: unknown): WriteMode {
  const asked = request.query.getAll('dryRun');
  const inBody = fieldAt(body, 'dryRun');
  const all = [...asked, ...(Array.isArray(inBody) ? inBody : [])];
  if (all.some((value) => value !== 'All')) {
    throw new StatusError(422, 'Invalid', `dryRun: Unsupported value: ${JSON.stringify(all)}: supported values: "All"`);
  }
  return all.length > 0 ? 'dry-run' : 'commit';
}
