import type { ApiRequest } from './api-request.ts';
import type { Entry } from './entry.ts';
import { fieldAt, isJsonObject, type JsonObject, type KubernetesObject } from './kubernetes-object.ts';
import { apiVersionOf } from './resource.ts';
import { badRequest, methodNotAllowed, StatusError } from './status-error.ts';
import type { Store, WriteMode } from './store.ts';

export function createObject(store: Store, request: ApiRequest, body: unknown): Entry {
  if (request.name !== '') throw methodNotAllowed(request.resource, 'create');
  const object = placeObject(request, readObject(request, body));
  return store.create(request.resource.plural, object, writeMode(request)).entry;
}

/** The object in the stored version, of the kind that the path speaks of. */
export function readObject(request: ApiRequest, body: unknown): JsonObject {
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
export function placeObject(request: ApiRequest, object: JsonObject): KubernetesObject {
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

export function writeMode(request: ApiRequest, body?: unknown): WriteMode {
  const asked = request.query.getAll('dryRun');
  const inBody = fieldAt(body, 'dryRun');
  const all = [...asked, ...(Array.isArray(inBody) ? inBody : [])];
  if (all.some((value) => value !== 'All')) {
    throw new StatusError(422, 'Invalid', `dryRun: Unsupported value: ${JSON.stringify(all)}: supported values: "All"`);
  }
  return all.length > 0 ? 'dry-run' : 'commit';
}
