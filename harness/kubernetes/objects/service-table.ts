import type { V1EndpointSlice, V1Namespace, V1Service } from '@kubernetes/client-node';
import { UsageError } from '../../errors.ts';
import { clusterIpAt, countPodIps, podIpAt, requireClusterIps, requirePodIps } from '../../model/address-plan.ts';
import { DEFAULT_ENDPOINT_RANGE, DEFAULT_SERVICE_RANGE, ENDPOINT_CANDIDATES } from '../../model/address-ranges.ts';
import { type Ipv4Cidr, isInside, isOverlapping, parseIpv4, parseIpv4Cidr } from '../../model/ipv4.ts';
import type { LoadTarget } from '../../model/load.ts';
import { makeEndpointSlices } from './endpoint-slice.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from './labels.ts';
import { makeNamespace } from './namespace.ts';
import { makeService } from './service.ts';

/** Scalability threshold of Kubernetes (sig-scalability, "Services per namespace"). */
const MAX_SERVICES_PER_NAMESPACE = 5000;

export interface ServiceTableOptions {
  readonly services: number;
  readonly endpointsPerService: number;
  /** Services that the load goes to, spread evenly over the indexes; all of them when there are fewer. */
  readonly targets: number;
  /**
   * The real pods: endpoints of every target, and with `shared` of all Services. Where `endpointsPerService` is larger than their number,
   * `shared` is refused, and with `distinct` the targets alone have fewer endpoints.
   */
  readonly realBackends: readonly { readonly address: string }[];
  readonly backends: 'distinct' | 'shared';
  /** Default 10.96.0.0/12, as kubeadm has it. */
  readonly serviceCidr?: string;
  /** Where synthetic endpoints live. Default 10.128.0.0/10, clear of 10.244.0.0/16, where a laboratory's pods are; where a real pod is in it, the first other range that holds none. */
  readonly syntheticPodCidr?: string;
  /** Port of the ClusterIP; differs from `targetPort` on purpose (K11). Default 80. */
  readonly port?: number;
  /** Port of the pods. Default 8080. */
  readonly targetPort?: number;
  /** NodePort of the first target; `null`, the default, for none. It adds a few rules of its own. */
  readonly nodePort?: number | null;
  /** Namespaces are called `<prefix>-1`, `<prefix>-2`, ... Default `bench`. */
  readonly namespacePrefix?: string;
  /** More labels for every object, such as the run's. */
  readonly labels?: Readonly<Record<string, string>>;
  /** For the trigger-time annotation of the slices; `null`, the default, leaves it out. */
  readonly triggerTime?: Date | null;
}

/** Everything that one size of a scenario writes into an API server, in the order namespaces, services, slices. */
export interface ServiceTable {
  readonly namespaces: readonly V1Namespace[];
  readonly services: readonly V1Service[];
  readonly slices: readonly V1EndpointSlice[];
  readonly targets: readonly ServiceTarget[];
  readonly nodePort: { readonly targetId: string; readonly port: number } | null;
  /** Endpoints of all Services together, for oracles of rule counts. */
  readonly totalEndpoints: number;
  /** Endpoints of each target: the real pods, at most as many as were asked for. */
  readonly targetEndpoints: number;
}

/** A target with what is needed to change it. `id` is the Service's name, unique over all namespaces. */
interface ServiceTarget extends LoadTarget {
  readonly namespace: string;
  readonly index: number;
}

/**
 * A table of Services `svc-00001`, `svc-00002`, ... with their EndpointSlices. A Service's name, namespace, address and synthetic endpoints
 * depend on its index alone, not on the size; which ones are targets does depend on it.
 */
export function makeServices(options: ServiceTableOptions): ServiceTable {
  const plan = planTable(options);
  const services: V1Service[] = [];
  const slices: V1EndpointSlice[] = [];
  let totalEndpoints = 0;
  for (let index = 0; index < options.services; index += 1) {
    const place = placeOf(plan, index);
    services.push(
      makeService({
        ...place,
        clusterIp: clusterIpAt(plan.serviceRange, index),
        port: plan.port,
        targetPort: plan.targetPort,
        nodePort: index === plan.targetIndexes[0] ? plan.nodePort : null,
        labels: plan.labels,
      }),
    );
    const addresses = endpointsAt(plan, options, index);
    totalEndpoints += addresses.length;
    slices.push(
      ...makeEndpointSlices({
        namespace: place.namespace,
        serviceName: place.name,
        addresses,
        targetPort: plan.targetPort,
        labels: plan.labels,
        triggerTime: options.triggerTime ?? null,
      }),
    );
  }
  const targets = plan.targetIndexes.map((index) => makeTarget(plan, index));
  const [first] = targets;
  return {
    namespaces: makeNamespaces(plan, options.services),
    services,
    slices,
    targets,
    nodePort: plan.nodePort === null || first === undefined ? null : { targetId: first.id, port: plan.nodePort },
    totalEndpoints,
    targetEndpoints: plan.realAddresses.length,
  };
}

interface TablePlan {
  readonly serviceRange: Ipv4Cidr;
  readonly podRange: Ipv4Cidr;
  readonly port: number;
  readonly targetPort: number;
  readonly nodePort: number | null;
  readonly namespacePrefix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly targetIndexes: readonly number[];
  readonly targetSet: ReadonlySet<number>;
  readonly realAddresses: readonly string[];
}

function planTable(options: ServiceTableOptions): TablePlan {
  const serviceRange = parseIpv4Cidr(options.serviceCidr ?? DEFAULT_SERVICE_RANGE);
  const podRange = parseIpv4Cidr(options.syntheticPodCidr ?? freeDefault(options));
  const targetIndexes = spreadIndexes(options.services, options.targets);
  const plan: TablePlan = {
    serviceRange,
    podRange,
    port: options.port ?? 80,
    targetPort: options.targetPort ?? 8080,
    nodePort: options.nodePort ?? null,
    namespacePrefix: options.namespacePrefix ?? 'bench',
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY, ...options.labels },
    targetIndexes,
    targetSet: new Set(targetIndexes),
    realAddresses: options.realBackends.slice(0, options.endpointsPerService).map((backend) => backend.address),
  };
  requireClusterIps(serviceRange, options.services);
  requireEnoughBackends(options);
  if (options.backends === 'distinct') requireSyntheticRange(plan, options);
  return plan;
}

/** The usual range, unless one of our own pods is in it (OpenShift and some clouds have pods there): then the first that holds none. */
function freeDefault({ realBackends, services, endpointsPerService }: ServiceTableOptions): string {
  const pods = realBackends.map(({ address }) => parseIpv4(address) ?? -1);
  const isFree = (text: string) => {
    const range = parseIpv4Cidr(text);
    return countPodIps(range) >= services * endpointsPerService && !pods.some((pod) => isInside(pod, range));
  };
  return [DEFAULT_ENDPOINT_RANGE, ...ENDPOINT_CANDIDATES].find(isFree) ?? DEFAULT_ENDPOINT_RANGE;
}

function requireEnoughBackends(options: ServiceTableOptions): void {
  const enough = options.backends === 'distinct' ? 1 : options.endpointsPerService;
  if (options.realBackends.length >= enough) return;
  throw new UsageError(
    `${options.endpointsPerService} endpoints per Service were asked for, but there are ${options.realBackends.length} real backends`,
    `ask for at most ${options.realBackends.length} endpoints per Service, or for distinct backends`,
  );
}

function requireSyntheticRange(plan: TablePlan, options: ServiceTableOptions): void {
  requirePodIps(plan.podRange, options.services * options.endpointsPerService);
  if (isOverlapping(plan.podRange, plan.serviceRange)) {
    throw new UsageError(
      `the pod range ${plan.podRange.text} and the service range ${plan.serviceRange.text} overlap`,
      'give ranges that have no address in common',
    );
  }
  const inside = options.realBackends.find(({ address }) => isInside(parseIpv4(address) ?? -1, plan.podRange));
  if (inside === undefined) return;
  throw new UsageError(
    `the real backend ${inside.address} lies in the range of the synthetic ones, ${plan.podRange.text}`,
    'give another range for synthetic endpoints, one that no pod is in (--endpoint-range 198.18.0.0/15), or take --backends shared',
  );
}

/** `count` indexes in 0..size-1 in the middle of equal parts; all when `size` is not larger. */
export function spreadIndexes(size: number, count: number): number[] {
  const kept = Math.min(size, count);
  return Array.from({ length: kept }, (_, part) => Math.floor(((part + 0.5) * size) / kept));
}

function placeOf(plan: TablePlan, index: number): { name: string; namespace: string } {
  return {
    name: `svc-${String(index + 1).padStart(5, '0')}`,
    namespace: `${plan.namespacePrefix}-${Math.floor(index / MAX_SERVICES_PER_NAMESPACE) + 1}`,
  };
}

function makeTarget(plan: TablePlan, index: number): ServiceTarget {
  const { name, namespace } = placeOf(plan, index);
  return { id: name, namespace, index, address: clusterIpAt(plan.serviceRange, index), port: plan.port };
}

function makeNamespaces(plan: TablePlan, services: number): V1Namespace[] {
  const count = Math.ceil(services / MAX_SERVICES_PER_NAMESPACE);
  return Array.from({ length: count }, (_, index) =>
    makeNamespace(`${plan.namespacePrefix}-${index + 1}`, plan.labels),
  );
}

function endpointsAt(plan: TablePlan, options: ServiceTableOptions, index: number): readonly string[] {
  if (options.backends === 'shared' || plan.targetSet.has(index)) return plan.realAddresses;
  const first = index * options.endpointsPerService;
  return Array.from({ length: options.endpointsPerService }, (_, pod) => podIpAt(plan.podRange, first + pod));
}
