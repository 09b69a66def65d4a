import type { KubeConfig } from '@kubernetes/client-node';
import { parseIpv4Cidr } from '../../model/ipv4.ts';
import { chooseEndpointRange } from './free-ranges.ts';
import { loadKnownAddresses } from './known-addresses.ts';
import type { ModeProgress, Opening } from './opening.ts';
import { findDiscoveryVersion } from './service-objects.ts';
import { countRoom, findServiceRanges, requireServiceRoom } from './service-room.ts';

export interface RoomQuestion {
  /** Modes of this run whose Services will be in this cluster at once. */
  readonly modes: number;
  /** Services of ours that are there are taken over. */
  readonly adopted: boolean;
  readonly progress: ModeProgress;
}

/**
 * Before the first object of ours is written: is there room for the largest size, and which addresses are free for synthetic endpoints? `null` where the
 * scenario has none.
 */
export async function findAddressRoom(
  { options: { scenario } }: Pick<Opening, 'options'>,
  kubeConfig: KubeConfig,
  { modes, adopted, progress }: RoomQuestion,
): Promise<string | null> {
  progress('addresses')('which are free?');
  const services = scenario.sizesServices.at(-1) ?? 0;
  const known = await loadKnownAddresses(kubeConfig, await findDiscoveryVersion(kubeConfig));
  const told = await findServiceRanges(kubeConfig, known);
  const given = scenario.ranges?.services;
  const ranges = given === undefined ? told : [parseIpv4Cidr(given)];
  if (ranges !== null) requireServiceRoom(countRoom(ranges, known.clusterIps, adopted), { services, modes });
  if (scenario.backends !== 'distinct') return null;
  const owned = (ranges ?? []).map((range) => ({ range, owner: 'the Services' }));
  const all = { ...known, ranges: [...known.ranges, ...owned] };
  const needed = services * scenario.endpointsPerService;
  const range = chooseEndpointRange(all, needed, scenario.ranges?.endpoints ?? null);
  progress('addresses')(`synthetic endpoints from ${range}`);
  return range;
}
