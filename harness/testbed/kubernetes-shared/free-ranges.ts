import { EnvironmentError, UsageError } from '../../errors.ts';
import { countPodIps, requirePodIps } from '../../model/address-plan.ts';
import { ENDPOINT_CANDIDATES } from '../../model/address-ranges.ts';
import { type Ipv4Cidr, isInside, isOverlapping, parseIpv4Cidr } from '../../model/ipv4.ts';
import type { KnownAddresses } from './known-addresses.ts';

/**
 * A range for `needed` synthetic endpoints that nobody in the cluster has an address of, or could get one of. Rejects a wanted one that somebody has, by whom.
 * What lies outside the cluster it does not tell: those who do not want the candidates name a range. Pure.
 */
export function chooseEndpointRange(known: KnownAddresses, needed: number, wanted: string | null): string {
  if (wanted !== null) return requireFree(known, needed, parseIpv4Cidr(wanted));
  const large = ENDPOINT_CANDIDATES.map(parseIpv4Cidr).filter((range) => countPodIps(range) >= needed);
  const free = large.find((range) => findHolder(known, range) === null);
  if (free !== undefined) return free.text;
  const why = large.map((range) => `${range.text} has ${findHolder(known, range)}`).join('; ');
  throw new EnvironmentError(
    large.length === 0
      ? `${needed} synthetic endpoints are more than any range holds that is taken by itself`
      : `there is no free range for ${needed} synthetic endpoints: ${why}`,
    'name a range that nobody has (--endpoint-range), or take --backends shared',
  );
}

function requireFree(known: KnownAddresses, needed: number, range: Ipv4Cidr): string {
  requirePodIps(range, needed);
  const holder = findHolder(known, range);
  if (holder === null) return range.text;
  throw new UsageError(
    `--endpoint-range ${range.text} is not free in this cluster: it has ${holder}`,
    'leave --endpoint-range out, so that a free one is taken, or name another; or take --backends shared',
  );
}

/** Who has an address there, in words. */
function findHolder({ addresses, ranges }: KnownAddresses, range: Ipv4Cidr): string | null {
  const address = addresses.find((one) => isInside(one.address, range));
  if (address !== undefined) return `${address.text} (${address.owner})`;
  const taken = ranges.find((one) => isOverlapping(one.range, range));
  return taken === undefined ? null : `${taken.range.text} (${taken.owner})`;
}
