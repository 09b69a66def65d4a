import { UsageError } from '../errors.ts';
import { formatIpv4, type Ipv4Cidr } from './ipv4.ts';

/** Pods that one node's /24 gives: .2 to .251, as bridge CNIs leave the network, the bridge and the broadcast address alone. */
const PODS_PER_NODE_RANGE = 250;

/** ClusterIPs that a service range can give: all but the network address, .1 (the API server's own Service) and the broadcast address. */
export function countClusterIps(range: Ipv4Cidr): number {
  return Math.max(0, range.addresses - 3);
}

/** The ClusterIP of the Service with that index. It does not depend on how many there are, so sizes can grow in place. */
export function clusterIpAt(range: Ipv4Cidr, index: number): string {
  return formatIpv4(range.first + 2 + index);
}

/** Throws when the range is too small for `services`. */
export function requireClusterIps(range: Ipv4Cidr, services: number): void {
  const capacity = countClusterIps(range);
  if (services <= capacity) return;
  throw new UsageError(
    `${services} Services do not fit into the service range ${range.text}: it holds ${capacity}`,
    `ask for at most ${capacity} Services, or give a larger service range (--service-range)`,
  );
}

/** Synthetic pods that a pod range can give. */
export function countPodIps(range: Ipv4Cidr): number {
  return Math.floor(range.addresses / 256) * PODS_PER_NODE_RANGE;
}

/** The address of the synthetic pod with that index: node by node, each with a /24 of its own. */
export function podIpAt(range: Ipv4Cidr, index: number): string {
  const node = Math.floor(index / PODS_PER_NODE_RANGE);
  return formatIpv4(range.first + node * 256 + 2 + (index % PODS_PER_NODE_RANGE));
}

/** Throws when the range is too small for `pods`. */
export function requirePodIps(range: Ipv4Cidr, pods: number): void {
  const capacity = countPodIps(range);
  if (pods <= capacity) return;
  throw new UsageError(
    `${pods} endpoints do not fit into the pod range ${range.text}: it holds ${capacity}`,
    'ask for fewer Services or endpoints, share the backends (backends: shared), or give a larger range (--endpoint-range)',
  );
}
