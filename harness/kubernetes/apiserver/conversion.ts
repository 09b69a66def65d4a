import { isJsonObject, type JsonObject } from './kubernetes-object.ts';

/** The core Event's fields that events.k8s.io has under another name (k8s.io/kubernetes/pkg/apis/events/v1/conversion.go). */
const EVENT_FIELDS: readonly (readonly [core: string, events: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
];

const CORE_TO_EVENTS = new Map(EVENT_FIELDS);
const EVENTS_TO_CORE = new Map(EVENT_FIELDS.map(([core, events]) => [events, core] as const));

/** events.k8s.io/v1 Event → core/v1 Event. */
export function toCoreEvent(event: JsonObject): JsonObject {
  return renameFields(event, EVENTS_TO_CORE);
}

/** core/v1 Event → events.k8s.io/v1 Event. */
export function fromCoreEvent(event: JsonObject): JsonObject {
  return renameFields(event, CORE_TO_EVENTS);
}

function renameFields(object: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]));
}

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

/** EndpointSlice v1 → v1beta1: node and zone of an endpoint are entries of `topology` there. */
export function fromStoredSliceV1beta1(slice: JsonObject): JsonObject {
  return mapEndpoints(slice, ({ zone, deprecatedTopology, ...endpoint }) => {
    const topology = {
      ...(isJsonObject(deprecatedTopology) ? deprecatedTopology : {}),
      ...(endpoint.nodeName === undefined ? {} : { [HOSTNAME]: endpoint.nodeName }),
      ...(zone === undefined ? {} : { [ZONE]: zone }),
    };
    return Object.keys(topology).length === 0 ? endpoint : { ...endpoint, topology };
  });
}

/** EndpointSlice v1beta1 → v1. */
export function toStoredSliceV1beta1(slice: JsonObject): JsonObject {
  return mapEndpoints(slice, ({ topology, ...endpoint }) => {
    if (!isJsonObject(topology)) return endpoint;
    const { [HOSTNAME]: nodeName, [ZONE]: zone, ...others } = topology;
    return {
      ...endpoint,
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(zone === undefined ? {} : { zone }),
      ...(Object.keys(others).length === 0 ? {} : { deprecatedTopology: others }),
    };
  });
}

function mapEndpoints(slice: JsonObject, change: (endpoint: JsonObject) => JsonObject): JsonObject {
  if (!Array.isArray(slice.endpoints)) return slice;
  return {
    ...slice,
    endpoints: slice.endpoints.map((endpoint) => (isJsonObject(endpoint) ? change(endpoint) : endpoint)),
  };
}
