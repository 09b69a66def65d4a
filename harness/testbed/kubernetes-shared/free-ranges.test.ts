import { expect, it } from 'vitest';
import { EnvironmentError, UsageError } from '../../errors.ts';
import { chooseEndpointRange } from './free-ranges.ts';
import { type ClusterObjects, collectAddresses } from './known-addresses.ts';

const NOTHING: ClusterObjects = { services: [], slices: [], pods: [], nodes: [], serviceCidrs: null };

const podAt = (...addresses: string[]) => ({
  metadata: { namespace: 'shop', name: 'cart' },
  status: { podIP: addresses[0] ?? '', podIPs: addresses.map((ip) => ({ ip })) },
});
const nodeAt = (address: string, ...podCIDRs: string[]) => ({
  metadata: { name: 'node-1' },
  spec: { podCIDRs },
  status: { addresses: [{ type: 'InternalIP', address }] },
});

const choose = (objects: Partial<ClusterObjects>, wanted: string | null = null, needed = 1000) =>
  chooseEndpointRange(collectAddresses({ ...NOTHING, ...objects }), needed, wanted);

it.each<[string, Partial<ClusterObjects>, string]>([
  ['nothing is known', {}, '198.18.0.0/15'],
  ['OpenShift has pods in 10.128.0.0/14', { pods: [podAt('10.131.0.14')] }, '198.18.0.0/15'],
  ["GCE's nodes are in 10.128.0.0/20", { nodes: [nodeAt('10.128.0.9')] }, '198.18.0.0/15'],
  ['a VPC has 10.150.0.0/16', { pods: [podAt('10.150.7.33')] }, '198.18.0.0/15'],
  ['pods are in 198.18.0.0/15', { pods: [podAt('198.19.255.1')] }, '248.0.0.0/6'],
  ['a node gives pods of 198.18.4.0/24', { nodes: [nodeAt('10.0.0.1', 'fd00::/64', '198.18.4.0/24')] }, '248.0.0.0/6'],
  ['pods are in class E', { pods: [podAt('198.18.0.1'), podAt('251.255.0.1')] }, '240.0.0.0/6'],
  [
    'pods are all over class E',
    { pods: [podAt('198.18.0.1')], nodes: [nodeAt('10.0.0.1', '240.0.0.0/4')] },
    '10.128.0.0/10',
  ],
  ['the second address of a pod is IPv4', { pods: [podAt('fd00::1', '198.18.0.1')] }, '248.0.0.0/6'],
  [
    "somebody's slice points outside the cluster",
    {
      slices: [
        { metadata: { name: 's' }, addressType: 'IPv4', endpoints: [{ addresses: ['198.18.1.1'] }] },
        {
          metadata: { name: 'o', labels: { 'app.kubernetes.io/managed-by': 'service-routing-bench' } },
          addressType: 'IPv4',
          endpoints: [{ addresses: ['248.0.0.2'] }],
        },
      ],
    },
    '248.0.0.0/6',
  ],
  [
    'a load balancer has its address there',
    {
      services: [
        { spec: { externalIPs: ['198.18.0.4'] }, status: { loadBalancer: { ingress: [{ ip: '248.1.1.1' }] } } },
      ],
    },
    '240.0.0.0/6',
  ],
  ['Services have their range there', { serviceCidrs: [{ spec: { cidrs: ['198.18.0.0/20'] } }] }, '248.0.0.0/6'],
])('where %s, endpoints are in a range that is free of it', (_what, objects, expected) => {
  expect(choose(objects)).toBe(expected);
});

it('a range that is too small for the endpoints is passed over', () => {
  expect(choose({}, null, 128_000)).toBe('198.18.0.0/15');
  expect(choose({}, null, 128_001)).toBe('248.0.0.0/6');
});

it('a wanted range is taken, or refused by the address that somebody has there', () => {
  expect(choose({ pods: [podAt('10.0.0.1')] }, '172.20.0.0/16')).toBe('172.20.0.0/16');
  expect(() => choose({ pods: [podAt('172.20.0.1')] }, '172.20.0.0/16')).toThrow(
    '--endpoint-range 172.20.0.0/16 is not free in this cluster: it has 172.20.0.1 (pod shop/cart)',
  );
  expect(() => choose({}, '172.20.0.0/24')).toThrow(UsageError);
});

it('where nothing is free, the remedy has both ways out', () => {
  const everywhere = ['198.18.0.1', '249.0.0.1', '241.0.0.1', '10.128.0.1'].map((address) => podAt(address));
  const failing = () => choose({ pods: everywhere });
  expect(failing).toThrow(EnvironmentError);
  expect(failing).toThrow(/198\.18\.0\.0\/15 has 198\.18\.0\.1 \(pod shop\/cart\).*10\.128\.0\.1/);
  expect(failing).toThrow(
    expect.objectContaining({ remedy: expect.stringMatching(/--endpoint-range.*--backends shared/) }),
  );
});
