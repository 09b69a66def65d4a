import { ApiException, type KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { EnvironmentError, UsageError } from '../../errors.ts';
import { classifyApiFailure } from '../../kubernetes/client/retry.ts';
import { type Ipv4Cidr, isInside } from '../../model/ipv4.ts';
import { askAgain } from './ask-again.ts';
import { type KnownAddresses, readRange } from './known-addresses.ts';

/** Of the range that others use too: a tenth stays free for them, and a handful in a small one. */
const RESERVE = { share: 0.1, least: 8 };
/** Addresses of documentation (RFC 5737): in no cluster's range, so that an API server refuses them and says what its range is. */
const NOBODYS = ['192.0.2.1', '203.0.113.1'] as const;

export interface ServiceRoom {
  readonly ranges: readonly Ipv4Cidr[];
  readonly taken: number;
  readonly reserve: number;
  /** Services that there is room for. */
  readonly fits: number;
}

/**
 * The IPv4 ranges that the cluster gives Services their addresses from: as it tells them, or what an API server says to a Service that nobody makes (a dry run).
 * `null` where neither can be had. Rejects with EnvironmentError where there is none.
 */
export async function findServiceRanges(
  kubeConfig: KubeConfig,
  { serviceCidrs }: Pick<KnownAddresses, 'serviceCidrs'>,
): Promise<readonly Ipv4Cidr[] | null> {
  // A cluster that is coming up has none yet.
  const texts = serviceCidrs === null || serviceCidrs.length === 0 ? await askByDryRun(kubeConfig) : serviceCidrs;
  if (texts === null) return null;
  const ranges = texts.flatMap((text) => readRange(text) ?? []);
  if (ranges.length === 0) throw noIpv4(texts);
  return ranges.filter((range, index) => !ranges.some((other, at) => at !== index && holds(other, range, at < index)));
}

/** Is it part of the other one? Of two that are the same, the first stays. */
function holds(other: Ipv4Cidr, range: Ipv4Cidr, isEarlier: boolean): boolean {
  if (other.prefixLength === range.prefixLength) return isEarlier && other.first === range.first;
  return other.prefixLength < range.prefixLength && isInside(range.first, other);
}

function noIpv4(texts: readonly string[]): EnvironmentError {
  const what = texts.length === 0 ? '' : `: its Services have addresses of ${texts.join(', ')}`;
  return new EnvironmentError(
    `this cluster has no IPv4 Services${what}`,
    'only IPv4 is measured: take a cluster with IPv4 Services (dual-stack will do), or --testbed kind',
  );
}

async function askByDryRun(kubeConfig: KubeConfig): Promise<readonly string[] | null> {
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  for (const clusterIP of NOBODYS) {
    const spec = { clusterIP, ipFamilies: ['IPv4'], ports: [{ port: 80 }] };
    const metadata = { name: 'service-routing-bench-asks', namespace: 'default' };
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec };
    try {
      await askAgain(() => api.create(service, undefined, 'All'));
    } catch (error) {
      if (!(error instanceof ApiException)) throw error;
      return readRefusal(classifyApiFailure(error).message);
    }
  }
  return null;
}

/** Which ranges an API server names where it refuses an address; none where it has no IPv4; `null` where it refuses for another reason. Pure. */
export function readRefusal(message: string): readonly string[] | null {
  const range = /range of valid IPs is ([0-9a-fA-F.:]+\/[0-9]+)/.exec(message)?.[1];
  if (range !== undefined) return [range];
  return /IPv4.*not configured/.test(message) ? [] : null;
}

/** How many Services there is room for, besides those that are there and what stays free for others. Pure. */
export function countRoom(
  ranges: readonly Ipv4Cidr[],
  clusterIps: KnownAddresses['clusterIps'],
  adopted: boolean,
): ServiceRoom {
  // All but the network and the broadcast address; the API server's own Service is among those that are there.
  const addresses = ranges.reduce((sum, range) => sum + Math.max(0, range.addresses - 2), 0);
  const taken = clusterIps.filter(
    ({ address, isOurs }) => !(adopted && isOurs) && ranges.some((range) => isInside(address, range)),
  ).length;
  const reserve = Math.max(RESERVE.least, Math.ceil(addresses * RESERVE.share));
  return { ranges, taken, reserve, fits: Math.max(0, addresses - taken - reserve) };
}

/** Refuses a size that the cluster has no room for, with the one that fits. Pure. */
export function requireServiceRoom(room: ServiceRoom, wanted: { readonly services: number; readonly modes: number }) {
  const { services, modes } = wanted;
  const fits = Math.floor(room.fits / modes);
  if (services <= fits) return;
  const ranges = room.ranges.map((range) => range.text).join(' and ');
  const each = modes === 1 ? '' : ` in each of the ${modes} modes of this cluster`;
  throw new UsageError(
    `${services} Services${each} do not fit into the cluster's range ${ranges}: ${room.taken} of its addresses are taken, ${room.reserve} stay free for others, and so ${fits} fit`,
    fits === 0
      ? 'take a cluster with a larger range of Services, or --testbed kind (there: --service-range 10.96.0.0/12)'
      : `ask for at most ${fits} (--services ${fits}), or take a cluster with a larger range (testbed kind: --service-range 10.96.0.0/12)`,
  );
}
