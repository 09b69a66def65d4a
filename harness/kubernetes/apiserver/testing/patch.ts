import { applyPatch, type Operation } from 'rfc6902';
import { isJsonObject, type JsonObject } from '../kubernetes-object.ts';
import { badRequest, StatusError, unsupportedMediaType } from '../status-error.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
] as const;

/** The object after the patch; `object` itself stays as it is. Throws a StatusError for a patch that does not fit. */
export function applyObjectPatch(object: JsonObject, patch: unknown, contentType: string): JsonObject {
  switch (PATCH_TYPES.find((type) => contentType === type)) {
    case 'application/json-patch+json':
      return applyJsonPatch(object, patch);
    case 'application/merge-patch+json':
      return requireObject(mergePatch(object, requireObject(patch)));
    case 'application/strategic-merge-patch+json':
      return applyStrategicMergePatch(object, requireObject(patch));
    case undefined:
      throw unsupportedMediaType(PATCH_TYPES);
  }
}

function applyJsonPatch(object: JsonObject, patch: unknown): JsonObject {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  const copy = structuredClone(object);
  const problem = applyPatch(copy, patch as Operation[]).find((error) => error !== null);
  if (problem === undefined) return copy;
  throw new StatusError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${problem.message}`,
  );
}

/** RFC 7396, section 2. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) merged.delete(field);
    else merged.set(field, mergePatch(merged.get(field), value));
  }
  return Object.fromEntries(merged);
}

function requireObject(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw badRequest('a JSON object is needed');
  return value;
}
