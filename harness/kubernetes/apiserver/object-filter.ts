import { type Entry, parseEntry } from './entry.ts';
import { fieldAt, type JsonObject } from './kubernetes-object.ts';
import { apiVersionOf, type Resource, type ServedVersion } from './resource.ts';
import { type FieldTerm, parseFieldSelector, parseLabelSelector } from './selector.ts';
import { badRequest } from './status-error.ts';

/** Which entries a list, watch or deletecollection is about. */
export type ObjectFilter = (entry: Entry) => boolean;

export interface FilterQuery {
  /** "" for all namespaces. */
  readonly namespace: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

/** Throws a StatusError (400) for a selector that cannot be understood. */
export function makeObjectFilter(resource: Resource, served: ServedVersion, query: FilterQuery): ObjectFilter {
  const isLabelled = parseLabelSelector(query.labelSelector);
  const fields = parseFieldSelector(query.fieldSelector).map((term) => makeFieldFilter(resource, served, term));
  return (entry) =>
    (query.namespace === '' || entry.namespace === query.namespace) &&
    isLabelled(entry.labels) &&
    fields.every((isSelected) => isSelected(entry));
}

function makeFieldFilter(resource: Resource, served: ServedVersion, term: FieldTerm): ObjectFilter {
  if (term.path === 'metadata.name') return (entry) => (entry.name === term.value) === term.equal;
  if (term.path === 'metadata.namespace') return (entry) => (entry.namespace === term.value) === term.equal;
  if (!resource.selectableFields.includes(term.path)) {
    throw badRequest(`field label not supported: ${term.path}`);
  }
  // Rare (kubectl describe): the text is parsed rather than every field kept.
  return (entry) => {
    const stored = parseEntry(entry, apiVersionOf(served), resource.kind) as JsonObject;
    const value = fieldAt(served.fromStored?.(stored) ?? stored, term.path);
    return (String(value ?? '') === term.value) === term.equal;
  };
}
