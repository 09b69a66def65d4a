import { isJsonObject, type JsonObject } from '../kubernetes-object.ts';
import { badRequest } from '../status-error.ts';

/**
 * Lists that are merged item by item, and the field that tells items apart: the `patchMergeKey` tags of k8s.io/api for the resources served
 * here. `null` marks lists of plain values that are merged as sets. All other lists are replaced whole.
 */
const MERGE_KEYS: Readonly<Record<string, string | null>> = {
  'metadata.ownerReferences': 'uid',
  'metadata.finalizers': null,
  'spec.ports': 'port',
  'spec.podCIDRs': null,
  'status.conditions': 'type',
  'status.addresses': 'type',
};

/**
 * Kubernetes' strategic merge patch, with the directives that kubectl and client-go send: `$patch: replace|delete|merge`, `$retainKeys`,
 * `$setElementOrder/…`, `$deleteFromPrimitiveList/…` (community: contributors/devel/sig-api-machinery/strategic-merge-patch.md).
 */
export function applyStrategicMergePatch(object: JsonObject, patch: JsonObject): JsonObject {
  return mergeObject(object, patch, '');
}

function mergeObject(target: JsonObject, patch: JsonObject, path: string): JsonObject {
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === 'replace') return withoutDirectives(fields);
  if (directive === 'delete') return {};
  const merged = new Map(Object.entries(target));
  if (Array.isArray(retained)) {
    for (const field of merged.keys()) if (!retained.includes(field)) merged.delete(field);
  }
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('$')) continue;
    if (value === null) merged.delete(field);
    else merged.set(field, mergeValue(merged.get(field), value, { patch, field, path: join(path, field) }));
  }
  for (const [field, value] of Object.entries(fields)) removeFromSet(merged, field, value);
  return Object.fromEntries(merged);
}

interface Place {
  readonly patch: JsonObject;
  readonly field: string;
  readonly path: string;
}

function mergeValue(target: unknown, value: unknown, place: Place): unknown {
  if (isJsonObject(value)) return mergeObject(isJsonObject(target) ? target : {}, value, place.path);
  if (!Array.isArray(value) || !Object.hasOwn(MERGE_KEYS, place.path)) return value;
  const current = Array.isArray(target) ? target : [];
  const key = MERGE_KEYS[place.path] ?? null;
  const order = place.patch[`$setElementOrder/${place.field}`];
  if (key === null) return sortByOrder([...new Set([...current, ...value])], order, (item) => item);
  return sortByOrder(mergeItems(current, value, key, place.path), order, (item) => keyOfItem(item, key));
}

function mergeItems(current: readonly unknown[], patches: readonly unknown[], key: string, path: string): unknown[] {
  if (patches.some((patch) => isJsonObject(patch) && patch.$patch === 'replace')) {
    return patches.filter((patch) => !(isJsonObject(patch) && patch.$patch === 'replace'));
  }
  let items = [...current];
  for (const patch of patches) {
    if (!isJsonObject(patch) || patch[key] === undefined) {
      throw badRequest(`map does not contain declared merge key: ${key} (in ${path})`);
    }
    const at = items.findIndex((item) => keyOfItem(item, key) === patch[key]);
    const found = items[at];
    if (patch.$patch === 'delete') items = items.filter((_, index) => index !== at);
    else if (isJsonObject(found)) items[at] = mergeObject(found, patch, path);
    else items.push(withoutDirectives(patch));
  }
  return items;
}

function keyOfItem(item: unknown, key: string): unknown {
  return isJsonObject(item) ? item[key] : undefined;
}

/** Items in the order that the patch asks for; those that it does not name keep their place at the end. */
function sortByOrder(items: readonly unknown[], order: unknown, identify: (item: unknown) => unknown): unknown[] {
  if (!Array.isArray(order)) return [...items];
  const wanted = order.map(identify);
  const rank = (item: unknown) => {
    const at = wanted.indexOf(identify(item));
    return at === -1 ? wanted.length : at;
  };
  return [...items].sort((left, right) => rank(left) - rank(right));
}

function removeFromSet(merged: Map<string, unknown>, field: string, value: unknown): void {
  const name = /^\$deleteFromPrimitiveList\/(.+)$/.exec(field)?.[1];
  const list = name === undefined ? undefined : merged.get(name);
  if (name === undefined || !Array.isArray(list) || !Array.isArray(value)) return;
  merged.set(
    name,
    list.filter((item) => !value.includes(item)),
  );
}

function withoutDirectives(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !field.startsWith('$')));
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
