import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { makeServices, type ServiceTableOptions, spreadIndexes } from './service-table.ts';

const REAL = Array.from({ length: 10 }, (_, index) => ({ address: `10.244.1.${index + 2}` }));

function options(changes: Partial<ServiceTableOptions>): ServiceTableOptions {
  return { services: 100, endpointsPerService: 10, targets: 10, realBackends: REAL, backends: 'distinct', ...changes };
}

describe('makeServices', () => {
  it('gives 10,000 Services with 100,000 endpoints of which none is there twice, but for the real ones at every target', () => {
    const table = makeServices(options({ services: 10_000 }));
    const addresses = table.slices.flatMap((slice) => slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
    expect(table.totalEndpoints).toBe(100_000);
    expect(addresses).toHaveLength(100_000);
    expect(new Set(addresses).size).toBe(9_990 * 10 + 10);
    expect(new Set(table.services.map((service) => service.spec?.clusterIP)).size).toBe(10_000);
  });

  it('puts at most 5,000 Services into a namespace and makes each namespace that it uses', () => {
    const table = makeServices(options({ services: 10_001 }));
    expect(table.namespaces.map((namespace) => namespace.metadata?.name)).toEqual(['bench-1', 'bench-2', 'bench-3']);
    const inFirst = table.services.filter((service) => service.metadata?.namespace === 'bench-1');
    expect(inFirst).toHaveLength(5_000);
  });

  it('gives the targets the real backends and spreads them over the whole table', () => {
    const table = makeServices(options({ services: 1_000 }));
    expect(table.targets.map((target) => target.index)).toEqual([50, 150, 250, 350, 450, 550, 650, 750, 850, 950]);
    const [first] = table.targets;
    const slice = table.slices.find((candidate) => candidate.metadata?.name === `${first?.id}-1`);
    expect(slice?.endpoints?.map((endpoint) => endpoint.addresses[0])).toEqual(REAL.map(({ address }) => address));
    const service = table.services.find((candidate) => candidate.metadata?.name === first?.id);
    expect(service?.spec).toMatchObject({ clusterIP: first?.address, ports: [{ port: 80, targetPort: 8080 }] });
  });

  it('makes every Service a target when there are no more than targets asked for', () => {
    expect(spreadIndexes(1, 10)).toEqual([0]);
    expect(spreadIndexes(10, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(spreadIndexes(11, 10)).toHaveLength(10);
  });

  it('gives a Service the same name, address and synthetic endpoints at every size', () => {
    const small = makeServices(options({ services: 20, targets: 1 }));
    const large = makeServices(options({ services: 2_000, targets: 1 }));
    expect(large.services.slice(0, 20)).toEqual(small.services);
    expect(large.slices[3]).toEqual(small.slices[3]);
  });

  it('tells how many endpoints were really written: targets have no more than there are real pods', () => {
    const table = makeServices(options({ services: 20, targets: 5, endpointsPerService: 50 }));
    expect(table.targetEndpoints).toBe(10);
    expect(table.totalEndpoints).toBe(15 * 50 + 5 * 10);
    expect(makeServices(options({ endpointsPerService: 1 })).targetEndpoints).toBe(1);
  });

  it.each([
    ['10.131.0.14', '198.18.'],
    ['10.150.7.33', '198.18.'],
    ['10.244.0.10', '10.128.'],
  ])('with a real pod at %s, synthetic endpoints are in %s unless a range is given', (address, begin) => {
    const table = makeServices(options({ services: 20, targets: 1, realBackends: [{ address }] }));
    const synthetic = table.slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap((one) => one.addresses));
    expect(new Set(synthetic.filter((one) => one !== address).map((one) => one.slice(0, begin.length)))).toEqual(
      new Set([begin]),
    );
  });

  it('shares the real backends among all Services when asked to', () => {
    const table = makeServices(options({ backends: 'shared', endpointsPerService: 3 }));
    const sets = new Set(table.slices.map((slice) => JSON.stringify(slice.endpoints)));
    expect(sets.size).toBe(1);
    expect(table.totalEndpoints).toBe(300);
  });

  it('keeps clear of the address of the API server and of the network address', () => {
    const [first] = makeServices(options({ services: 1 })).services;
    expect(first?.spec?.clusterIP).toBe('10.96.0.2');
  });

  it('fills a range to its last address, and says by how much one more is too many', () => {
    const range = { serviceCidr: '10.96.0.0/24', targets: 1 };
    const full = makeServices(options({ ...range, services: 253 }));
    expect(full.services.at(-1)?.spec?.clusterIP).toBe('10.96.0.254');
    expect(() => makeServices(options({ ...range, services: 254 }))).toThrow(
      '254 Services do not fit into the service range 10.96.0.0/24: it holds 253',
    );
  });

  it.each<[string, Partial<ServiceTableOptions>]>([
    ['fewer synthetic addresses than endpoints', { syntheticPodCidr: '10.128.0.0/24' }],
    ['a pod range inside the service range', { syntheticPodCidr: '10.100.0.0/16' }],
    ['a real backend in the synthetic range', { syntheticPodCidr: '10.244.0.0/16' }],
    ['more shared endpoints than real backends', { backends: 'shared', endpointsPerService: 11 }],
    ['no real backend', { realBackends: [] }],
  ])('refuses %s', (_what, changes) => {
    expect(() => makeServices(options(changes))).toThrow(UsageError);
  });

  it('splits a Service of 250 endpoints into slices of at most 100', () => {
    const table = makeServices(options({ services: 2, targets: 1, endpointsPerService: 250 }));
    const sizes = table.slices.map((slice) => [slice.metadata?.name, slice.endpoints?.length]);
    expect(sizes).toEqual([
      ['svc-00001-1', 100],
      ['svc-00001-2', 100],
      ['svc-00001-3', 50],
      ['svc-00002-1', 10],
    ]);
  });

  it('gives the NodePort to the first target alone', () => {
    const table = makeServices(options({ nodePort: 30_080 }));
    const open = table.services.filter((service) => service.spec?.type === 'NodePort');
    expect(open.map((service) => service.metadata?.name)).toEqual([table.nodePort?.targetId]);
    expect(open[0]?.spec?.ports?.[0]?.nodePort).toBe(30_080);
    expect(table.nodePort?.targetId).toBe(table.targets[0]?.id);
  });

  it('carries labels and the trigger time that it was given', () => {
    const triggerTime = new Date('2026-01-02T03:04:05.678Z');
    const [slice] = makeServices(options({ labels: { run: 'r1' }, triggerTime })).slices;
    expect(slice?.metadata?.labels).toMatchObject({ run: 'r1', 'kubernetes.io/service-name': 'svc-00001' });
    expect(slice?.metadata?.annotations).toEqual({
      'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-02T03:04:05.678Z',
    });
  });
});
