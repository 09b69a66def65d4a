import { fromCoreEvent, fromStoredSliceV1beta1, toCoreEvent, toStoredSliceV1beta1 } from './conversion.ts';
import type { JsonObject } from './kubernetes-object.ts';

export const RESOURCE_NAMES = [
  'namespaces',
  'nodes',
  'services',
  'endpoints',
  'endpointslices',
  'servicecidrs',
  'events',
] as const;
export type ResourceName = (typeof RESOURCE_NAMES)[number];

/** One API version in which a resource is served; without conversions its JSON differs from the stored one in the head alone. */
export interface ServedVersion {
  readonly group: string;
  readonly version: string;
  readonly fromStored?: (object: JsonObject) => JsonObject;
  readonly toStored?: (object: JsonObject) => JsonObject;
}

export interface Resource {
  readonly plural: ResourceName;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** The group that error messages name. */
  readonly group: string;
  readonly versions: readonly ServedVersion[];
  readonly names: 'label' | 'label-alphabetic' | 'subdomain';
  readonly hasGeneration: boolean;
  /** Fields beyond metadata.name and metadata.namespace that a fieldSelector may name, as the version asked for spells them. */
  readonly selectableFields: readonly string[];
}

const SLICE_GROUP = 'discovery.k8s.io';
const NETWORK_GROUP = 'networking.k8s.io';

/** Everything that is served: a new resource is one more line here. */
export const RESOURCES: Readonly<Record<ResourceName, Resource>> = {
  namespaces: resource({
    plural: 'namespaces',
    kind: 'Namespace',
    shortNames: ['ns'],
    namespaced: false,
    names: 'label',
  }),
  nodes: resource({ plural: 'nodes', kind: 'Node', shortNames: ['no'], namespaced: false }),
  services: resource({
    plural: 'services',
    kind: 'Service',
    shortNames: ['svc'],
    names: 'label-alphabetic',
    selectableFields: ['spec.clusterIP', 'spec.type'],
  }),
  endpoints: resource({ plural: 'endpoints', singular: 'endpoints', kind: 'Endpoints', shortNames: ['ep'] }),
  endpointslices: resource({
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    group: SLICE_GROUP,
    hasGeneration: true,
    // v1beta1 went away in 1.25; kube-proxy up to 1.20 knows nothing else.
    versions: [
      { group: SLICE_GROUP, version: 'v1' },
      { group: SLICE_GROUP, version: 'v1beta1', fromStored: fromStoredSliceV1beta1, toStored: toStoredSliceV1beta1 },
    ],
  }),
  servicecidrs: resource({
    plural: 'servicecidrs',
    kind: 'ServiceCIDR',
    group: NETWORK_GROUP,
    namespaced: false,
    versions: [
      { group: NETWORK_GROUP, version: 'v1' },
      { group: NETWORK_GROUP, version: 'v1beta1' },
    ],
  }),
  events: resource({
    plural: 'events',
    kind: 'Event',
    shortNames: ['ev'],
    versions: [
      { group: 'events.k8s.io', version: 'v1' },
      { group: 'events.k8s.io', version: 'v1beta1' },
      { group: '', version: 'v1', fromStored: toCoreEvent, toStored: fromCoreEvent },
    ],
    selectableFields: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'reason',
      'type',
    ],
  }),
};

function resource(line: Partial<Resource> & Pick<Resource, 'plural' | 'kind'>): Resource {
  return {
    singular: line.kind.toLowerCase(),
    shortNames: [],
    namespaced: true,
    group: '',
    versions: [{ group: '', version: 'v1' }],
    names: 'subdomain',
    hasGeneration: false,
    selectableFields: [],
    ...line,
  };
}

/** The stored version: the first one. */
export function storedVersion(resource: Resource): ServedVersion {
  const [first] = resource.versions;
  if (first === undefined) throw new Error(`${resource.plural} is served in no version`);
  return first;
}

export function apiVersionOf(served: ServedVersion): string {
  return served.group === '' ? served.version : `${served.group}/${served.version}`;
}

/** The resource and version behind a path such as /apis/<group>/<version>/…/<plural>. */
export function findResource(
  group: string,
  version: string,
  plural: string,
): { resource: Resource; served: ServedVersion } | null {
  const name = RESOURCE_NAMES.find((candidate) => candidate === plural);
  if (name === undefined) return null;
  const found = RESOURCES[name];
  const served = found.versions.find((candidate) => candidate.group === group && candidate.version === version);
  return served === undefined ? null : { resource: found, served };
}
