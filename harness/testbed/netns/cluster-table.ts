import type { V1EndpointSlice } from '@kubernetes/client-node';
import type { Store, Written } from '../../kubernetes/apiserver/store.ts';
import { makeEndpointSlices } from '../../kubernetes/objects/endpoint-slice.ts';
import { makeNode } from '../../kubernetes/objects/node.ts';
import { makeServices, type ServiceTable } from '../../kubernetes/objects/service-table.ts';
import { DEFAULT_ENDPOINT_RANGE, DEFAULT_SERVICE_RANGE } from '../../model/address-ranges.ts';
import type { Scenario } from '../../model/scenario.ts';
import { BACKEND_PORT, type BackendAddress, type NodeAddresses } from './addresses.ts';

/** NodePort of the first target (K11). It belongs to the usual range 30000-32767. */
export const NODE_PORT = 30_080;

/** Where the laboratory's Services have their addresses. */
export function serviceRangeOf({ ranges }: Scenario): string {
  return ranges?.services ?? DEFAULT_SERVICE_RANGE;
}

/** The objects of one size, from the scenario. Pure. */
export function makeTable(scenario: Scenario, sizeServices: number, backends: readonly BackendAddress[]): ServiceTable {
  return makeServices({
    services: sizeServices,
    endpointsPerService: scenario.endpointsPerService,
    targets: scenario.targets,
    realBackends: backends,
    backends: scenario.backends === 'shared' ? 'shared' : 'distinct',
    serviceCidr: serviceRangeOf(scenario),
    syntheticPodCidr: scenario.ranges?.endpoints ?? DEFAULT_ENDPOINT_RANGE,
    targetPort: BACKEND_PORT,
    nodePort: NODE_PORT,
  });
}

/** Writes a table and the node into an API server's store. Resolves with how long it took and when the last write was. */
export function loadTable(
  store: Store,
  table: ServiceTable,
  node: NodeAddresses,
): { readonly durationMs: number; readonly endedAtMs: number } {
  const started = performance.now();
  store.create('nodes', makeNode({ name: node.nodeName, address: node.nodeAddress, podCidr: node.podCidr }));
  store.createMany('namespaces', table.namespaces);
  store.createMany('services', table.services);
  store.createMany('endpointslices', table.slices);
  return { durationMs: performance.now() - started, endedAtMs: Date.now() };
}

/** Points a Service at other pods (K7): replaces its one slice. The write carries the trigger time, as the controller's would. */
export function changeEndpoints(
  store: Store,
  change: { readonly namespace: string; readonly serviceName: string; readonly addresses: readonly string[] },
): Written {
  const slices: V1EndpointSlice[] = makeEndpointSlices({
    ...change,
    targetPort: BACKEND_PORT,
    labels: {},
    triggerTime: new Date(),
  });
  const [slice] = slices;
  if (slice === undefined) throw new Error('a Service has at least one slice');
  return store.put('endpointslices', slice);
}
