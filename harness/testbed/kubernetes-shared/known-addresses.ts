import {
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  type V1EndpointSlice,
  type V1Node,
  type V1Pod,
  type V1Service,
  type V1ServiceCIDR,
} from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../kubernetes/objects/labels.ts';
import { type Ipv4Cidr, parseIpv4 } from '../../model/ipv4.ts';
import { askAgain } from './ask-again.ts';
import type { DiscoveryVersion } from './service-objects.ts';

/** An address that somebody in the cluster has. */
interface KnownAddress {
  readonly address: number;
  readonly text: string;
  /** For messages: "pod kube-system/coredns-1". */
  readonly owner: string;
}

interface KnownRange {
  readonly range: Ipv4Cidr;
  readonly owner: string;
}

/** All IPv4 addresses that the cluster tells of. */
export interface KnownAddresses {
  readonly addresses: readonly KnownAddress[];
  readonly ranges: readonly KnownRange[];
  /** ClusterIPs that are taken, and whether by Services of ours. */
  readonly clusterIps: readonly { readonly address: number; readonly isOurs: boolean }[];
  /** CIDRs that Services get addresses from, of both families; `null` where the cluster has no ServiceCIDRs (before 1.31) or this user may not read them. */
  readonly serviceCidrs: readonly string[] | null;
}

/** What was read of a cluster; lists that may not be read are empty. */
export interface ClusterObjects {
  readonly services: readonly V1Service[];
  readonly slices: readonly V1EndpointSlice[];
  readonly pods: readonly V1Pod[];
  readonly nodes: readonly V1Node[];
  readonly serviceCidrs: readonly V1ServiceCIDR[] | null;
}

const PAGE_OBJECTS = 500;

export async function loadKnownAddresses(kubeConfig: KubeConfig, version: DiscoveryVersion): Promise<KnownAddresses> {
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  const list = <T extends KubernetesObject>(apiVersion: string, kind: string) => listAll<T>(api, apiVersion, kind);
  const optional = <T extends KubernetesObject>(apiVersion: string, kind: string) =>
    list<T>(apiVersion, kind).catch(nullUnlessBroken);
  return collectAddresses({
    services: await list<V1Service>('v1', 'Service'),
    slices: await list<V1EndpointSlice>(version, 'EndpointSlice'),
    pods: (await optional<V1Pod>('v1', 'Pod')) ?? [],
    nodes: (await optional<V1Node>('v1', 'Node')) ?? [],
    serviceCidrs:
      (await optional<V1ServiceCIDR>('networking.k8s.io/v1', 'ServiceCIDR')) ??
      (await optional<V1ServiceCIDR>('networking.k8s.io/v1beta1', 'ServiceCIDR')),
  });
}

/** In pages: a large cluster has some ten thousand pods. */
async function listAll<T extends KubernetesObject>(
  api: KubernetesObjectApi,
  apiVersion: string,
  kind: string,
): Promise<readonly T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const page = await askAgain(() =>
      api.list<T>(
        apiVersion,
        kind,
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        PAGE_OBJECTS,
        token,
      ),
    );
    all.push(...page.items);
    token = page.metadata?._continue || undefined;
  } while (token !== undefined);
  return all;
}

/** Forbidden, or a kind that this version has not: the client finds that out by itself. */
function nullUnlessBroken(error: unknown): null {
  if (error instanceof EnvironmentError) throw error;
  return null;
}

/** Pure. */
export function collectAddresses({ services, slices, pods, nodes, serviceCidrs }: ClusterObjects): KnownAddresses {
  const cidrsOf = (all: readonly V1ServiceCIDR[]) => all.flatMap(({ spec }) => spec?.cidrs ?? []);
  return {
    addresses: [
      ...services.flatMap((service) => known(addressesOfService(service), nameOf('Service', service))),
      ...slices
        .filter((slice) => !isOurs(slice))
        .flatMap((slice) =>
          known(slice.endpoints?.flatMap((one) => one.addresses) ?? [], nameOf('EndpointSlice', slice)),
        ),
      ...pods.flatMap((pod) => known(addressesOfPod(pod), nameOf('pod', pod))),
      ...nodes.flatMap((node) => known(node.status?.addresses?.map((one) => one.address) ?? [], nameOf('node', node))),
    ],
    ranges: [
      ...nodes.flatMap((node) => ranges([node.spec?.podCIDR, ...(node.spec?.podCIDRs ?? [])], nameOf('node', node))),
      ...ranges(cidrsOf(serviceCidrs ?? []), 'the Services'),
    ],
    clusterIps: services.flatMap((service) =>
      known(clusterIpsOf(service), '').map(({ address }) => ({ address, isOurs: isOurs(service) })),
    ),
    serviceCidrs: serviceCidrs === null ? null : cidrsOf(serviceCidrs.filter(givesAddresses)),
  };
}

/** From one that is being deleted, or is not ready, an API server gives nobody an address any more; those that were given stay. */
function givesAddresses({ metadata, status }: V1ServiceCIDR): boolean {
  const isReady = status?.conditions?.every(({ type, status: holds }) => type !== 'Ready' || holds !== 'False') ?? true;
  return metadata?.deletionTimestamp === undefined && isReady;
}

type Texts = readonly (string | undefined)[];

function clusterIpsOf({ spec }: V1Service): Texts {
  return [...new Set([spec?.clusterIP, ...(spec?.clusterIPs ?? [])])];
}

function addressesOfService(service: V1Service): Texts {
  const { spec, status } = service;
  const balancers = status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? [];
  return [...clusterIpsOf(service), ...(spec?.externalIPs ?? []), spec?.loadBalancerIP, ...balancers];
}

function addressesOfPod({ status }: V1Pod): Texts {
  return [status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip), status?.hostIP];
}

function isOurs({ metadata }: KubernetesObject): boolean {
  return metadata?.labels?.[MANAGED_BY_LABEL] === MANAGED_BY;
}

function nameOf(kind: string, { metadata }: KubernetesObject): string {
  return `${kind} ${[metadata?.namespace, metadata?.name].filter((part) => part !== undefined).join('/')}`;
}

function known(texts: Texts, owner: string): KnownAddress[] {
  return texts.flatMap((text = '') => {
    const address = parseIpv4(text);
    return address === null ? [] : [{ address, text, owner }];
  });
}

/** IPv4 alone; host bits are a node's own business. */
function ranges(texts: Texts, owner: string): KnownRange[] {
  return texts.flatMap((text) => {
    const range = readRange(text);
    return range === null ? [] : [{ range, owner }];
  });
}

/** A range that somebody else wrote; `null` for one of the other family, or none. */
export function readRange(text: string | undefined): Ipv4Cidr | null {
  const [address = '', prefix = ''] = (text ?? '').split('/');
  const first = parseIpv4(address);
  const size = 2 ** (32 - Number(prefix));
  if (first === null || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return null;
  return { text: text ?? '', first: first - (first % size), prefixLength: Number(prefix), addresses: size };
}
