import type { V1Service, V1ServicePort, V1ServiceSpec, V1ServiceStatus } from '@kubernetes/client-node';
import { clusterIpAt, countClusterIps } from '../../model/address-plan.ts';
import { type Ipv4Cidr, isInside, parseIpv4 } from '../../model/ipv4.ts';

const NODE_PORTS = { first: 30_000, last: 32_767 };
/** Of session affinity, as Kubernetes has it: three hours. */
const AFFINITY_S = 10_800;

/** What is taken, by whom: entry key by ClusterIP or NodePort. */
export interface ServiceAllocations {
  readonly clusterIps: ReadonlyMap<string, string>;
  readonly nodePorts: ReadonlyMap<number, string>;
}

export type DefaultedService =
  | { readonly kind: 'service'; readonly service: V1Service }
  | { readonly kind: 'problem'; readonly field: string; readonly message: string };

/** Fills in what the API server of Kubernetes fills in, so that kube-proxy meets no Service that it would never meet there. */
export function defaultService(
  service: V1Service,
  context: { readonly key: string; readonly range: Ipv4Cidr; readonly allocations: ServiceAllocations },
): DefaultedService {
  const spec = service.spec ?? {};
  const type = spec.type ?? 'ClusterIP';
  if (type === 'ExternalName') return { kind: 'service', service };
  const clusterIp = chooseClusterIp(spec, context);
  if (clusterIp.problem !== null) return { kind: 'problem', field: 'spec.clusterIPs[0]', message: clusterIp.problem };
  const ports = choosePorts(spec.ports ?? [], type, context);
  if (ports.problem !== null) return { kind: 'problem', field: 'spec.ports', message: ports.problem };
  const defaulted: V1ServiceSpec = {
    ipFamilyPolicy: 'SingleStack',
    internalTrafficPolicy: 'Cluster',
    ...(isReachedFromOutside(type, spec) ? { externalTrafficPolicy: 'Cluster' } : {}),
    ...(type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {}),
    ...withAffinity(spec),
    type,
    ipFamilies: spec.ipFamilies ?? ['IPv4'],
    clusterIP: clusterIp.value,
    clusterIPs: [clusterIp.value],
    ports: ports.value,
  };
  return { kind: 'service', service: { ...service, spec: defaulted, status: defaultStatus(service.status) } };
}

function isReachedFromOutside(type: string, { externalIPs = [] }: V1ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer' || externalIPs.length > 0;
}

/** kube-proxy takes the timeout as given where there is affinity, and panics where it is not. */
function withAffinity({ sessionAffinity = 'None', sessionAffinityConfig, ...spec }: V1ServiceSpec): V1ServiceSpec {
  if (sessionAffinity !== 'ClientIP') return { ...spec, sessionAffinity };
  const timeoutSeconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_S;
  return { ...spec, sessionAffinity, sessionAffinityConfig: { clientIP: { timeoutSeconds } } };
}

function defaultStatus(status: V1ServiceStatus | undefined): V1ServiceStatus {
  const ingress = status?.loadBalancer?.ingress?.map((one) => (one.ip === undefined ? one : { ipMode: 'VIP', ...one }));
  return { ...status, loadBalancer: { ...status?.loadBalancer, ...(ingress === undefined ? {} : { ingress }) } };
}

type Choice<T> = { readonly value: T; readonly problem: string | null };

function chooseClusterIp(
  spec: V1ServiceSpec,
  { key, range, allocations }: { key: string; range: Ipv4Cidr; allocations: ServiceAllocations },
): Choice<string> {
  const asked = spec.clusterIP ?? spec.clusterIPs?.[0] ?? '';
  if (asked === 'None') return { value: asked, problem: null };
  if (asked === '') return firstFreeClusterIp(range, allocations);
  const address = parseIpv4(asked);
  if (address === null || !isInside(address, range)) {
    return { value: '', problem: outOfRange(asked, range) };
  }
  const owner = allocations.clusterIps.get(asked);
  const taken = owner !== undefined && owner !== key;
  return { value: asked, problem: taken ? `Invalid value: "${asked}": provided IP is already allocated` : null };
}

/** The words of Kubernetes' own (pkg/registry/core/service/ipallocator, ErrNotInRange), which tell the range. */
function outOfRange(asked: string, range: Ipv4Cidr): string {
  return `Invalid value: ${JSON.stringify([asked])}: failed to allocate IP ${asked}: the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${range.text}`;
}

/** Searches from the end of the range, where the tables of `makeServices` come last. */
function firstFreeClusterIp(range: Ipv4Cidr, allocations: ServiceAllocations): Choice<string> {
  for (let index = countClusterIps(range) - 1; index >= 0; index -= 1) {
    const candidate = clusterIpAt(range, index);
    if (!allocations.clusterIps.has(candidate)) return { value: candidate, problem: null };
  }
  return { value: '', problem: `the service range ${range.text} is full` };
}

function choosePorts(
  ports: readonly V1ServicePort[],
  type: string,
  { key, allocations }: { key: string; allocations: ServiceAllocations },
): Choice<V1ServicePort[]> {
  const chosen: V1ServicePort[] = [];
  const taken = new Set<number>();
  for (const port of ports) {
    if (!Number.isInteger(port.port) || port.port < 1 || port.port > 65_535) {
      return {
        value: [],
        problem: `Invalid value: ${JSON.stringify(port.port)}: must be between 1 and 65535, inclusive`,
      };
    }
    const defaulted = { protocol: 'TCP', targetPort: port.port, ...port };
    if (type === 'ClusterIP') {
      chosen.push(defaulted);
      continue;
    }
    const nodePort = port.nodePort ?? firstFreeNodePort(allocations, taken);
    const owner = allocations.nodePorts.get(nodePort);
    if (owner !== undefined && owner !== key) {
      return { value: [], problem: `Invalid value: ${nodePort}: provided port is already allocated` };
    }
    taken.add(nodePort);
    chosen.push({ ...defaulted, nodePort });
  }
  return { value: chosen, problem: null };
}

function firstFreeNodePort(allocations: ServiceAllocations, taken: ReadonlySet<number>): number {
  let port = NODE_PORTS.last;
  while (port >= NODE_PORTS.first && (allocations.nodePorts.has(port) || taken.has(port))) port -= 1;
  return port;
}
