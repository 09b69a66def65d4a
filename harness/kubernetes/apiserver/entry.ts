import type { KubernetesObject, ObjectMeta } from './kubernetes-object.ts';

/**
 * One version of one object, immutable. Its JSON is made once, when it is written, and is shared by every GET, LIST and WATCH of it and by the
 * event log: 10,000 slices cost their text and nothing else. The head (apiVersion, kind, resourceVersion) is put before it when it is
 * sent, so that one text serves several API versions, and a DELETED event carries its own resourceVersion.
 */
export interface Entry {
  /** namespace + "/" + name: the order of lists. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly resourceVersion: number;
  /** The object's JSON after `"resourceVersion":"…",` up to its last brace. */
  readonly rest: string;
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});
const PREFIX = '{"metadata":{';

export interface EntryIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly generation: number;
}

export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Object → entry. `identity` comes from the store and wins over what the object says of itself. */
export function makeEntry(object: KubernetesObject, identity: EntryIdentity, resourceVersion: number): Entry {
  const { apiVersion: _version, kind: _kind, metadata = {}, ...body } = object;
  const text = JSON.stringify({ metadata: storedMetadata(metadata, identity), ...body });
  return {
    key: keyOf(identity.namespace, identity.name),
    ...identity,
    labels: metadata.labels ?? NO_LABELS,
    resourceVersion,
    rest: text.slice(PREFIX.length),
  };
}

function storedMetadata(metadata: ObjectMeta, identity: EntryIdentity): ObjectMeta {
  const {
    name: _n,
    namespace: _ns,
    uid: _u,
    resourceVersion: _rv,
    generation: _g,
    creationTimestamp: _c,
    ...more
  } = metadata;
  return {
    name: identity.name,
    ...(identity.namespace === '' ? {} : { namespace: identity.namespace }),
    uid: identity.uid,
    creationTimestamp: identity.creationTimestamp,
    ...(identity.generation === 0 ? {} : { generation: identity.generation }),
    ...more,
  };
}

/** Entry → JSON as the given apiVersion. */
export function renderEntry(entry: Entry, apiVersion: string, kind: string): string {
  return `{"apiVersion":"${apiVersion}","kind":"${kind}","metadata":{"resourceVersion":"${entry.resourceVersion}",${entry.rest}`;
}

/** Entry → the same as an object of its own. */
export function parseEntry(entry: Entry, apiVersion: string, kind: string): KubernetesObject {
  return JSON.parse(renderEntry(entry, apiVersion, kind));
}
