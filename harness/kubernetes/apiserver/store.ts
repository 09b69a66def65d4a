import { randomInt, randomUUID } from 'node:crypto';
import type { V1Service } from '@kubernetes/client-node';
import { DEFAULT_SERVICE_RANGE } from '../../model/address-ranges.ts';
import { type Ipv4Cidr, parseIpv4Cidr } from '../../model/ipv4.ts';
import { makeNamespace } from '../objects/namespace.ts';
import { Collection, type Snapshot } from './collection.ts';
import { type Entry, type EntryIdentity, keyOf, makeEntry, parseEntry } from './entry.ts';
import type { ChangeType, EventLogLimits } from './event-log.ts';
import { fieldAt, type KubernetesObject } from './kubernetes-object.ts';
import { findLabelProblem, findNameProblem } from './object-name.ts';
import {
  apiVersionOf,
  RESOURCE_NAMES,
  RESOURCES,
  type Resource,
  type ResourceName,
  storedVersion,
} from './resource.ts';
import { ServiceAllocator } from './service-allocator.ts';
import { defaultSlice } from './slice-defaults.ts';
import { alreadyExists, conflict, invalid, notFound } from './status-error.ts';

export interface StoreOptions {
  /** Range of ClusterIPs. Default 10.96.0.0/12. */
  readonly serviceCidr?: string;
  /** What the log of each resource keeps for watches. Default 100,000 changes or 64 MiB of JSON. */
  readonly history?: EventLogLimits;
}

/** A write that is done: readable, and on its way to every watch. `monotonicMs` is `performance.now()` of that moment. */
export interface Written {
  readonly resourceVersion: string;
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly entry: Entry;
}

/** Many writes. The times are those of the moment before the first. */
export interface WrittenMany {
  readonly resourceVersion: string;
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly count: number;
}

export interface ObjectRef {
  /** Leave out for objects that are in no namespace. */
  readonly namespace?: string;
  readonly name: string;
}

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export type WriteMode = 'commit' | 'dry-run';

const DEFAULT_HISTORY: EventLogLimits = { maxEvents: 100_000, maxBytes: 64 * 1024 * 1024 };

/**
 * The objects of the API server, in memory. All methods are synchronous: a write is visible, and every watch woken, when they return.
 * Problems are StatusErrors in the words of Kubernetes, whether the caller is in this process or comes by HTTP.
 */
export class Store {
  readonly serviceRange: Ipv4Cidr;
  readonly #collections: Readonly<Record<ResourceName, Collection>>;
  readonly #services: ServiceAllocator;
  #version = 1;

  constructor(options: StoreOptions = {}) {
    this.serviceRange = parseIpv4Cidr(options.serviceCidr ?? DEFAULT_SERVICE_RANGE);
    this.#services = new ServiceAllocator(this.serviceRange);
    const history = options.history ?? DEFAULT_HISTORY;
    const make = () => new Collection(history, 1);
    this.#collections = {
      namespaces: make(),
      nodes: make(),
      services: make(),
      endpoints: make(),
      endpointslices: make(),
      servicecidrs: make(),
      events: make(),
    };
    for (const name of ['default', 'kube-system']) this.create('namespaces', makeNamespace(name));
    this.create('servicecidrs', defaultServiceCidr(this.serviceRange));
  }

  /** The resourceVersion of the last write. */
  get version(): number {
    return this.#version;
  }

  collection(name: ResourceName): Collection {
    return this.#collections[name];
  }

  count(name: ResourceName): number {
    return this.collection(name).count;
  }

  snapshot(name: ResourceName): Snapshot {
    return this.collection(name).snapshot(this.#version);
  }

  /** Throws NotFound. */
  entry(name: ResourceName, ref: ObjectRef): Entry {
    const found = this.collection(name).get(keyOf(ref.namespace ?? '', ref.name));
    if (found === undefined) throw notFound(RESOURCES[name], ref.name);
    return found;
  }

  /** The object as of its stored API version. Throws NotFound. */
  read(name: ResourceName, ref: ObjectRef): KubernetesObject {
    return parseEntry(this.entry(name, ref), apiVersionOf(storedVersion(RESOURCES[name])), RESOURCES[name].kind);
  }

  create(name: ResourceName, object: KubernetesObject, mode: WriteMode = 'commit'): Written {
    const resource = RESOURCES[name];
    const objectName = object.metadata?.name ?? generatedName(object);
    const namespace = resource.namespaced ? (object.metadata?.namespace ?? 'default') : '';
    this.#validate(resource, object, { namespace, name: objectName });
    const key = keyOf(namespace, objectName);
    if (this.collection(name).get(key) !== undefined) throw alreadyExists(resource, objectName);
    const identity: EntryIdentity = {
      namespace,
      name: objectName,
      uid: randomUUID(),
      creationTimestamp: `${new Date().toISOString().slice(0, 19)}Z`,
      generation: resource.hasGeneration ? 1 : 0,
    };
    return this.#write(name, 'ADDED', object, identity, mode);
  }

  /** Creates all objects, in order; stops at the first problem. */
  createMany(name: ResourceName, objects: Iterable<KubernetesObject>): WrittenMany {
    const start = { wallMs: Date.now(), monotonicMs: performance.now() };
    let count = 0;
    for (const object of objects) {
      this.create(name, object);
      count += 1;
    }
    return { resourceVersion: String(this.#version), ...start, count };
  }

  /**
   * Replaces the object. With a resourceVersion in its metadata only if that is still the current one (409 Conflict otherwise). A write
   * that changes nothing makes no new version and no event, as in Kubernetes.
   */
  update(name: ResourceName, object: KubernetesObject, mode: WriteMode = 'commit'): Written {
    const resource = RESOURCES[name];
    const ref = {
      namespace: resource.namespaced ? (object.metadata?.namespace ?? 'default') : '',
      name: object.metadata?.name ?? '',
    };
    const current = this.entry(name, ref);
    this.#validate(resource, object, ref);
    requirePreconditions(resource, current, object.metadata ?? {});
    return this.#write(name, 'MODIFIED', object, current, mode);
  }

  /** Creates the object, or replaces the one of that name whatever its version. */
  put(name: ResourceName, object: KubernetesObject): Written {
    const { resourceVersion: _any, uid: _same, ...metadata } = object.metadata ?? {};
    const namespace = RESOURCES[name].namespaced ? (metadata.namespace ?? 'default') : '';
    const exists = this.collection(name).get(keyOf(namespace, metadata.name ?? '')) !== undefined;
    return exists ? this.update(name, { ...object, metadata }) : this.create(name, { ...object, metadata });
  }

  /** Deletes the object (and with a Namespace everything in it). Throws NotFound. */
  remove(name: ResourceName, ref: ObjectRef, preconditions: Preconditions = {}, mode: WriteMode = 'commit'): Written {
    const current = this.entry(name, ref);
    requirePreconditions(RESOURCES[name], current, preconditions);
    if (mode === 'dry-run') return written(current);
    if (name === 'namespaces') this.#emptyNamespace(ref.name);
    if (name === 'services') this.#services.release(current.key);
    const entry: Entry = { ...current, resourceVersion: this.#nextVersion() };
    this.collection(name).apply({ type: 'DELETED', entry, previous: current });
    return written(entry);
  }

  /** Deletes every object that `isSelected` says; default all. */
  removeMany(name: ResourceName, isSelected: (entry: Entry) => boolean = () => true): WrittenMany {
    const start = { wallMs: Date.now(), monotonicMs: performance.now() };
    const selected = this.snapshot(name).entries.filter(isSelected);
    for (const entry of selected) this.remove(name, entry);
    return { resourceVersion: String(this.#version), ...start, count: selected.length };
  }

  #write(
    name: ResourceName,
    type: ChangeType,
    object: KubernetesObject,
    identity: EntryIdentity,
    mode: WriteMode,
  ): Written {
    const collection = this.collection(name);
    const key = keyOf(identity.namespace, identity.name);
    const admitted = this.#default(name, key, object);
    const previous = collection.get(key) ?? null;
    const candidate = makeEntry(admitted, identity, previous?.resourceVersion ?? 0);
    if (previous !== null && candidate.rest === previous.rest) return written(previous);
    if (mode === 'dry-run') return written(candidate);
    if (name === 'services') this.#services.take(key, admitted as V1Service);
    const generation = nextGeneration(candidate, previous);
    const resourceVersion = this.#nextVersion();
    const entry =
      generation === identity.generation
        ? { ...candidate, resourceVersion }
        : makeEntry(admitted, { ...identity, generation }, resourceVersion);
    collection.apply({ type, entry, previous });
    return written(entry);
  }

  #default(name: ResourceName, key: string, object: KubernetesObject): KubernetesObject {
    if (name === 'services') return this.#defaultService(key, object);
    return name === 'endpointslices' ? defaultSlice(object) : object;
  }

  #defaultService(key: string, object: KubernetesObject): KubernetesObject {
    const result = this.#services.default(key, object as V1Service);
    if (result.kind === 'problem') throw invalid(RESOURCES.services, object.metadata?.name ?? '', [result]);
    return result.service as KubernetesObject;
  }

  #validate(resource: Resource, object: KubernetesObject, ref: { namespace: string; name: string }): void {
    const nameProblem = findNameProblem(resource, ref.name);
    const labelProblem = findLabelProblem(object.metadata?.labels);
    const causes = [
      ...(nameProblem === null ? [] : [{ field: 'metadata.name', message: nameProblem }]),
      ...(labelProblem === null ? [] : [{ field: 'metadata.labels', message: labelProblem }]),
    ];
    if (causes.length > 0) throw invalid(resource, ref.name, causes);
    if (resource.namespaced && this.#collections.namespaces.get(keyOf('', ref.namespace)) === undefined) {
      throw notFound(RESOURCES.namespaces, ref.namespace);
    }
  }

  #emptyNamespace(namespace: string): void {
    for (const name of RESOURCE_NAMES) {
      if (RESOURCES[name].namespaced) this.removeMany(name, (entry) => entry.namespace === namespace);
    }
  }

  #nextVersion(): number {
    this.#version += 1;
    return this.#version;
  }
}

function written(entry: Entry): Written {
  return { resourceVersion: String(entry.resourceVersion), wallMs: Date.now(), monotonicMs: performance.now(), entry };
}

function requirePreconditions(resource: Resource, current: Entry, asked: Preconditions): void {
  if (asked.uid !== undefined && asked.uid !== '' && asked.uid !== current.uid) {
    const why = `Precondition failed: UID in precondition: ${asked.uid}, UID in object meta: ${current.uid}`;
    throw conflict(resource, current.name, why);
  }
  const version = asked.resourceVersion ?? '';
  if (version !== '' && version !== String(current.resourceVersion)) throw conflict(resource, current.name);
}

/** Counts changes outside metadata and status, where the resource counts them at all. */
function nextGeneration(candidate: Entry, previous: Entry | null): number {
  if (previous === null || candidate.generation === 0) return candidate.generation;
  return specOf(candidate) === specOf(previous) ? candidate.generation : previous.generation + 1;
}

function specOf(entry: Entry): string {
  const { metadata: _metadata, status: _status, ...spec } = JSON.parse(`{"metadata":{${entry.rest}`);
  return JSON.stringify(spec);
}

function generatedName(object: KubernetesObject): string {
  const prefix = fieldAt(object, 'metadata.generateName');
  if (typeof prefix !== 'string' || prefix === '') return '';
  // The alphabet of k8s.io/apimachinery/pkg/util/rand: no vowels, so that no words come out.
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return prefix + Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function defaultServiceCidr(range: Ipv4Cidr): KubernetesObject {
  const defaults = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [range.text] },
    status: {
      conditions: [{ type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' }],
    },
  };
  return defaults;
}
