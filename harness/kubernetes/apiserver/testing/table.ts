import type { Format } from '../answer.ts';
import type { ApiRequest } from '../api-request.ts';
import type { Entry } from '../entry.ts';
import { fieldAt, isJsonObject, type JsonObject } from '../kubernetes-object.ts';
import { parseServed } from '../representation.ts';
import type { Resource, ResourceName, ServedVersion } from '../resource.ts';

interface Column {
  readonly name: string;
  readonly value: (object: JsonObject) => string;
}

const at = (name: string, path: string): Column => ({
  name,
  value: (object) => String(fieldAt(object, path) ?? '<none>'),
});

const COLUMNS: Readonly<Record<ResourceName, readonly Column[]>> = {
  namespaces: [at('Status', 'status.phase')],
  nodes: [{ name: 'Status', value: nodeStatus }],
  services: [
    at('Type', 'spec.type'),
    at('Cluster-IP', 'spec.clusterIP'),
    { name: 'Port(s)', value: (service) => listOf(fieldAt(service, 'spec.ports'), formatServicePort) },
  ],
  endpoints: [],
  endpointslices: [
    at('AddressType', 'addressType'),
    { name: 'Ports', value: (slice) => listOf(slice.ports, (port) => String(port.port)) },
    {
      name: 'Endpoints',
      value: (slice) => listOf(slice.endpoints, (endpoint) => String(fieldAt(endpoint, 'addresses'))),
    },
  ],
  servicecidrs: [{ name: 'CIDRs', value: (range) => String(fieldAt(range, 'spec.cidrs') ?? '<none>') }],
  events: [at('Type', 'type'), at('Reason', 'reason'), { name: 'Message', value: eventMessage }],
};

/** meta.k8s.io/v1 Tables for `kubectl get`: a list is one table, an object is a table of one row. */
export function tableFormat({ resource, served }: ApiRequest): Format {
  const listHead = (metadata: object) => renderHead(resource, metadata);
  const listItem = (entry: Entry) => renderRow(resource, served, entry);
  const object = (entry: Entry) =>
    `${listHead({ resourceVersion: String(entry.resourceVersion) })}${listItem(entry)}]}`;
  return { object, listHead, listItem };
}

function renderHead(resource: Resource, metadata: object): string {
  const names = ['Name', ...COLUMNS[resource.plural].map((column) => column.name), 'Age'];
  const columns = names.map((name) => ({
    name,
    type: 'string',
    format: name === 'Name' ? 'name' : '',
    description: name,
    priority: 0,
  }));
  return `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(metadata)},"columnDefinitions":${JSON.stringify(columns)},"rows":[`;
}

function renderRow(resource: Resource, served: ServedVersion, entry: Entry): string {
  const object = parseServed(resource, served, entry);
  const cells = [entry.name, ...COLUMNS[resource.plural].map((column) => column.value(object)), ageOf(entry)];
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
  return JSON.stringify({ cells, object: partial });
}

/** How many items a cell names before it says how many more there are. */
const MAX_ITEMS = 3;

function listOf(items: unknown, format: (item: JsonObject) => string): string {
  if (!Array.isArray(items) || items.length === 0) return '<none>';
  const texts = items.slice(0, MAX_ITEMS).map((item) => (isJsonObject(item) ? format(item) : String(item)));
  return `${texts.join(',')}${items.length > MAX_ITEMS ? ` + ${items.length - MAX_ITEMS} more...` : ''}`;
}

function formatServicePort(port: JsonObject): string {
  const node = port.nodePort === undefined ? '' : `:${port.nodePort}`;
  return `${port.port}${node}/${port.protocol ?? 'TCP'}`;
}

function nodeStatus(node: JsonObject): string {
  const conditions = fieldAt(node, 'status.conditions');
  const ready = Array.isArray(conditions)
    ? conditions.find((condition) => fieldAt(condition, 'type') === 'Ready')
    : null;
  if (ready === null || ready === undefined) return 'Unknown';
  return fieldAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
}

function eventMessage(event: JsonObject): string {
  return String(event.note ?? event.message ?? '');
}

/** As kubectl shows it, in its coarsest units. */
function ageOf(entry: Entry): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(entry.creationTimestamp)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
