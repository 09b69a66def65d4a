import { type KubeConfig, KubernetesObjectApi, type V1EndpointSlice, type V1Service } from '@kubernetes/client-node';
import { MANAGED_BY, MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../../kubernetes/objects/labels.ts';
import { modeOf } from '../../mode/table.ts';
import type { Routing } from '../../model/mode.ts';
import type { KernelObjects } from '../../model/target.ts';
import { askAgain } from './ask-again.ts';
import type { DiscoveryVersion } from './service-objects.ts';

const NOT_OURS = `${MANAGED_BY_LABEL}!=${MANAGED_BY}`;
/** kube-proxy leaves a Service with this label to someone else. */
const OTHER_PROXY_LABEL = 'service.kubernetes.io/service-proxy-name';

/** Ports of the ClusterIP Services that are not ours, by `namespace/service:port`: how many endpoints kube-proxy routes each to. */
export type ForeignPorts = ReadonlyMap<string, number>;

/** What others have in the cluster at the moment: the cluster's own DNS comes and goes. */
export async function loadForeignPorts(kubeConfig: KubeConfig, version: DiscoveryVersion): Promise<ForeignPorts> {
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  const list = async <T extends V1Service | V1EndpointSlice>(apiVersion: string, kind: string) =>
    (
      await askAgain(() =>
        api.list<T>(apiVersion, kind, undefined, undefined, undefined, undefined, undefined, NOT_OURS),
      )
    ).items;
  const services = await list<V1Service>('v1', 'Service');
  return countForeignPorts(services, await list<V1EndpointSlice>(version, 'EndpointSlice'));
}

/** Pure. */
export function countForeignPorts(
  services: readonly V1Service[],
  slices: readonly V1EndpointSlice[],
): Map<string, number> {
  const bySlice = Map.groupBy(slices, ({ metadata }) =>
    nameOf(metadata?.namespace, metadata?.labels?.[SERVICE_NAME_LABEL]),
  );
  const ports = new Map<string, number>();
  for (const { metadata, spec } of services) {
    const clusterIp = spec?.clusterIP ?? '';
    if (clusterIp === '' || clusterIp === 'None' || metadata?.labels?.[OTHER_PROXY_LABEL] !== undefined) continue;
    const name = nameOf(metadata?.namespace, metadata?.name);
    for (const port of spec?.ports ?? []) {
      const key = `${name}:${port.name ?? ''}:${port.protocol ?? 'TCP'}`;
      ports.set(key, countEndpoints(bySlice.get(name) ?? [], port.name ?? ''));
    }
  }
  return ports;
}

function nameOf(namespace: string | undefined, name: string | undefined): string {
  return `${namespace}/${name}`;
}

/** Ready endpoints; where there are none, those that still serve while they end (pkg/proxy/topology.go). */
function countEndpoints(slices: readonly V1EndpointSlice[], portName: string): number {
  const here = slices.filter(
    ({ addressType, ports }) => addressType === 'IPv4' && ports?.some((port) => (port.name ?? '') === portName),
  );
  const endpoints = here.flatMap((slice) => slice.endpoints ?? []);
  const addresses = (holds: (conditions: NonNullable<(typeof endpoints)[number]['conditions']>) => boolean) =>
    new Set(endpoints.filter(({ conditions }) => holds(conditions ?? {})).flatMap((one) => one.addresses)).size;
  const ready = addresses((one) => one.ready !== false && one.terminating !== true);
  return ready > 0 ? ready : addresses((one) => one.serving === true && one.terminating === true);
}

export function isSame(one: ForeignPorts, other: ForeignPorts): boolean {
  return one.size === other.size && [...one].every(([port, endpoints]) => other.get(port) === endpoints);
}

/** How many objects the kernel has more for others' Services now than it had then, as plain ClusterIP Services have them. Pure. */
export function foreignGrowth(
  then: ForeignPorts,
  now: ForeignPorts,
  routing: Routing,
): Pick<
  KernelObjects,
  'natRules' | 'serviceJumps' | 'ipvsServices' | 'ipvsDestinations' | 'dummyAddresses' | 'nftMapElements'
> {
  const [a, b] = [shareOf(then, routing), shareOf(now, routing)];
  return {
    natRules: b.natRules - a.natRules,
    serviceJumps: b.routed - a.routed,
    ipvsServices: b.ports - a.ports,
    ipvsDestinations: b.endpoints - a.endpoints,
    dummyAddresses: b.services - a.services,
    // An element each, with endpoints or without.
    nftMapElements: b.ports - a.ports,
  };
}

/** In iptables and nftables mode a port without endpoints is refused in another table; in ipvs mode its virtual server stands. */
function shareOf(ports: ForeignPorts, routing: Routing) {
  const counts = [...ports.values()];
  const routed = counts.filter((endpoints) => endpoints > 0).length;
  const endpoints = counts.reduce((sum, one) => sum + one, 0);
  const asProgrammed = {
    services: routed,
    endpointsPerService: 0,
    extraServices: 0,
    extraEndpoints: endpoints,
    nodePorts: 0,
    nodeAddresses: 1,
  };
  return {
    ports: ports.size,
    routed,
    endpoints,
    services: new Set([...ports.keys()].map((key) => key.slice(0, key.indexOf(':')))).size,
    natRules: modeOf({ routing }).natRules(asProgrammed),
  };
}
