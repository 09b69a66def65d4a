import type { V1Endpoint, V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { NO_KERNEL_OBJECTS } from '../../model/target.ts';
import { moveBaseline } from './baseline.ts';
import { countForeignPorts, isSame } from './foreign-services.ts';

const DNS: V1Service = {
  metadata: { namespace: 'kube-system', name: 'kube-dns' },
  spec: {
    clusterIP: '10.96.0.10',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      { name: 'metrics', port: 9153, protocol: 'TCP' },
    ],
  },
};
const HEADLESS: V1Service = {
  metadata: { namespace: 'a', name: 'h' },
  spec: { clusterIP: 'None', ports: [{ port: 1 }] },
};
const OTHERS: V1Service = {
  metadata: { namespace: 'a', name: 'o', labels: { 'service.kubernetes.io/service-proxy-name': 'someone' } },
  spec: { clusterIP: '10.96.0.20', ports: [{ port: 1 }] },
};

type Conditions = NonNullable<V1Endpoint['conditions']>;
function slice(endpoints: readonly (readonly [string, Conditions])[]): V1EndpointSlice {
  return {
    metadata: { namespace: 'kube-system', name: 'kube-dns-1', labels: { 'kubernetes.io/service-name': 'kube-dns' } },
    addressType: 'IPv4',
    ports: ['dns', 'dns-tcp', 'metrics'].map((name) => ({ name })),
    endpoints: endpoints.map(([address, conditions]) => ({ addresses: [address], conditions })),
  };
}

const READY = { ready: true };
const UNREADY = { ready: false };
const ENDING = { ready: false, serving: true, terminating: true };
const ports = (...endpoints: (readonly [string, Conditions])[]) =>
  countForeignPorts([DNS, HEADLESS, OTHERS], [slice(endpoints)]);

describe("others' Services", () => {
  it.each([
    {
      what: 'ready',
      endpoints: [
        ['10.244.0.2', READY],
        ['10.244.0.3', READY],
      ] as const,
      count: 2,
    },
    {
      what: 'one of two ready',
      endpoints: [
        ['10.244.0.2', READY],
        ['10.244.0.3', UNREADY],
      ] as const,
      count: 1,
    },
    { what: 'none ready', endpoints: [['10.244.0.2', UNREADY]] as const, count: 0 },
    { what: 'only ones that end and still serve', endpoints: [['10.244.0.2', ENDING]] as const, count: 1 },
    {
      what: 'one that ends beside a ready one',
      endpoints: [
        ['10.244.0.2', ENDING],
        ['10.244.0.3', READY],
      ] as const,
      count: 1,
    },
    {
      what: 'the same address twice',
      endpoints: [
        ['10.244.0.2', READY],
        ['10.244.0.2', READY],
      ] as const,
      count: 1,
    },
  ])('count for each port as kube-proxy counts endpoints: $what', ({ endpoints, count }) => {
    expect([...ports(...endpoints)]).toEqual([
      ['kube-system/kube-dns:dns:UDP', count],
      ['kube-system/kube-dns:dns-tcp:TCP', count],
      ['kube-system/kube-dns:metrics:TCP', count],
    ]);
  });

  it('are the same only with the same endpoints', () => {
    expect(isSame(ports(['10.244.0.2', READY]), ports(['10.244.0.9', READY]))).toBe(true);
    expect(isSame(ports(['10.244.0.2', READY]), ports())).toBe(false);
  });
});

describe('CoreDNS that comes up after the baseline was read', () => {
  const two = ports(['10.244.0.2', READY], ['10.244.0.3', READY]);
  const iptables = { kind: 'iptables', backend: 'nft' } as const;
  const baseline = {
    ...NO_KERNEL_OBJECTS,
    natRules: 50,
    serviceJumps: 1,
    ipvsServices: 4,
    ipvsDestinations: 1,
    dummyAddresses: 2,
    nftMapElements: 4,
  };

  it('moves it by three jumps, and two rules for each and three for each endpoint', () => {
    const moved = moveBaseline({ baseline, foreign: ports() }, two, iptables);
    expect([moved.serviceJumps, moved.natRules]).toEqual([4, 50 + 3 * (2 + 3 * 2)]);
    const gone = moveBaseline({ baseline: moved, foreign: two }, ports(), iptables);
    expect([gone.serviceJumps, gone.natRules]).toEqual([1, 50]);
  });

  it('moves the destinations of ipvs, whose virtual servers stood, and nothing in nftables, where a port without endpoints has an element too', () => {
    const ipvs = moveBaseline({ baseline, foreign: ports() }, two, { kind: 'ipvs', scheduler: 'rr' });
    expect([ipvs.ipvsServices, ipvs.ipvsDestinations, ipvs.dummyAddresses]).toEqual([4, 7, 2]);
    expect(moveBaseline({ baseline, foreign: ports() }, two, { kind: 'nftables' }).nftMapElements).toBe(4);
  });

  it('leaves what the mode has not uncounted, and a baseline without a list of others as it is', () => {
    const none = { ...NO_KERNEL_OBJECTS, natRules: 9 };
    expect(moveBaseline({ baseline: none, foreign: ports() }, two, iptables).ipvsServices).toBeNull();
    expect(moveBaseline({ baseline, foreign: null }, two, iptables)).toBe(baseline);
  });

  it('a Service that came moves all of them', () => {
    const moved = moveBaseline({ baseline, foreign: new Map() }, two, { kind: 'ipvs', scheduler: 'rr' });
    expect([moved.ipvsServices, moved.dummyAddresses]).toEqual([7, 3]);
  });
});
