import { type Entry, parseEntry, renderEntry } from './entry.ts';
import type { JsonObject } from './kubernetes-object.ts';
import { apiVersionOf, type Resource, type ServedVersion } from './resource.ts';

/** Entry → JSON in the version that was asked for. Costs a parse only where the versions really differ. */
export function renderServed(resource: Resource, served: ServedVersion, entry: Entry): string {
  const apiVersion = apiVersionOf(served);
  if (served.fromStored === undefined) return renderEntry(entry, apiVersion, resource.kind);
  return JSON.stringify(served.fromStored(parseServedHead(resource, served, entry)));
}

/** Entry → object in the version that was asked for. */
export function parseServed(resource: Resource, served: ServedVersion, entry: Entry): JsonObject {
  const object = parseServedHead(resource, served, entry);
  return served.fromStored?.(object) ?? object;
}

function parseServedHead(resource: Resource, served: ServedVersion, entry: Entry): JsonObject {
  return parseEntry(entry, apiVersionOf(served), resource.kind) as JsonObject;
}
