import { expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { parseIpv4, parseIpv4Cidr } from '../../model/ipv4.ts';
import { countRoom, readRefusal, requireServiceRoom } from './service-room.ts';

const taken = (...addresses: string[]) =>
  addresses.map((address) => ({ address: parseIpv4(address) ?? -1, isOurs: address.endsWith('.77') }));
const room = (cidr: string, ...addresses: string[]) => countRoom([parseIpv4Cidr(cidr)], taken(...addresses), false);

it.each([
  ['10.96.0.0/24', ['10.96.0.1', '10.96.0.10'], 226],
  ['10.96.0.0/27', ['10.96.0.1', '10.96.0.10'], 20],
  ['10.96.0.0/27', ['10.96.0.1', '10.200.0.1'], 21],
  ['10.96.0.0/29', ['10.96.0.1'], 0],
  ['10.96.0.0/16', ['10.96.0.1'], 58_979],
])('of %s with %j taken, %i addresses are for Services of ours', (cidr, addresses, fits) => {
  expect(room(cidr, ...addresses).fits).toBe(fits);
});

it('Services of ours that are taken over again take no room', () => {
  const ours = taken('10.96.0.1', '10.96.0.77');
  expect(countRoom([parseIpv4Cidr('10.96.0.0/24')], ours, false).taken).toBe(2);
  expect(countRoom([parseIpv4Cidr('10.96.0.0/24')], ours, true).taken).toBe(1);
});

it('a size that does not fit is refused with the number that does, also where two modes share a cluster', () => {
  const small = room('10.96.0.0/24', '10.96.0.1', '10.96.0.10');
  expect(requireServiceRoom(small, { services: 226, modes: 1 })).toBeUndefined();
  expect(() => requireServiceRoom(small, { services: 227, modes: 1 })).toThrow(UsageError);
  expect(() => requireServiceRoom(small, { services: 1000, modes: 1 })).toThrow(
    "1000 Services do not fit into the cluster's range 10.96.0.0/24: 2 of its addresses are taken, 26 stay free for others, and so 226 fit",
  );
  expect(() => requireServiceRoom(small, { services: 114, modes: 2 })).toThrow(/each of the 2 modes.*so 113 fit/);
});

it.each([
  [
    '422: Service "x" is invalid: spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is 10.43.0.0/16',
    ['10.43.0.0/16'],
  ],
  [
    'spec.clusterIP: Invalid value: provided IP is not in the valid range. The range of valid IPs is fd00:10:96::/112',
    ['fd00:10:96::/112'],
  ],
  ['422: spec.ipFamilies[0]: Invalid value: "IPv4": not configured on this cluster', []],
  ['422: spec.clusterIPs[0]: Invalid value: may not use IPv4 on a cluster which is not configured for it', []],
  ['403: services is forbidden: User "x" cannot create resource', null],
  ['403: exceeded quota: services=10', null],
])('an API server that answers %j tells %j', (message, ranges) => {
  expect(readRefusal(message)).toEqual(ranges);
});
