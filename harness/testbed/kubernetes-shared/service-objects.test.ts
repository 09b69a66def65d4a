import type { V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { Fault, FaultPlan } from '../../kubernetes/apiserver/testing/fault.ts';
import { startFullApiServer } from '../../kubernetes/apiserver/testing/full-server.ts';
import { makeKubeConfig } from '../../kubernetes/client/testing/kube-config.ts';
import { makeServices, type ServiceTable } from '../../kubernetes/objects/service-table.ts';
import { findDiscoveryVersion, inVersion, ServiceObjects, withoutAddress } from './service-objects.ts';

function table(services: number): ServiceTable {
  return makeServices({
    services,
    endpointsPerService: 2,
    targets: 2,
    realBackends: [{ address: '10.244.1.2' }, { address: '10.244.1.3' }],
    backends: 'distinct',
  });
}

async function startLaboratory(faults: FaultPlan = () => null) {
  const server = await startFullApiServer({ host: '127.0.0.1', port: 0, faults });
  const kubeConfig = makeKubeConfig(server.url);
  const told: string[] = [];
  const make = () =>
    new ServiceObjects({
      kubeConfig,
      version: 'discovery.k8s.io/v1',
      signal: new AbortController().signal,
      onProgress: (text) => told.push(text),
    });
  return { server, kubeConfig, told, make, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('the Services of a cluster', () => {
  it('get their addresses from the API server, and targets come back with them', async () => {
    await using lab = await startLaboratory();
    const objects = lab.make();
    const small = table(5);
    await objects.apply(small);
    const targets = await objects.targets(small);
    expect(targets.map(({ id }) => id)).toEqual(small.targets.map(({ id }) => id));
    for (const { id, address } of targets) {
      const { namespace } = small.targets.find((target) => target.id === id) ?? { namespace: '' };
      const service = lab.server.store.read('services', { namespace, name: id }) as V1Service;
      expect(service.spec?.clusterIP).toBe(address);
    }
  });

  it('go from one size to the next by what differs, up and down, until the cluster holds just that size', async () => {
    await using lab = await startLaboratory();
    const objects = lab.make();
    expect((await objects.apply(table(20))).written).toBe(40);
    expect((await objects.apply(table(20))).written).toBe(0);
    const grown = await objects.apply(table(30));
    // Ten more Services and slices; targets are other Services now, so slices of the old and the new ones change too.
    expect(grown.written).toBeGreaterThan(20);
    expect(grown.written).toBeLessThan(30);
    await objects.apply(table(7));
    expect(lab.server.store.count('services')).toBe(7);
    expect(lab.server.store.count('endpointslices')).toBe(7);
  });

  it('of a cluster that was kept are taken over: what is too much goes, what is different is put right', async () => {
    await using lab = await startLaboratory();
    await lab.make().apply(table(12));
    const next = lab.make();
    await next.adopt(['bench-1']);
    expect((await next.apply(table(12))).written).toBe(0);
    await next.apply(table(4));
    expect([lab.server.store.count('services'), lab.server.store.count('endpointslices')]).toEqual([4, 4]);
  });

  it('all arrive through a server that is overloaded, in conflict, slow, and hangs up', async () => {
    const faults: Fault[] = [
      { kind: 'status', code: 429 },
      { kind: 'status', code: 409 },
      { kind: 'delay', delayMs: 30 },
      { kind: 'disconnect' },
      { kind: 'status', code: 503 },
    ];
    let requests = 0;
    await using lab = await startLaboratory(({ verb }) => {
      if (verb !== 'create' && verb !== 'patch' && verb !== 'delete') return null;
      requests += 1;
      return requests % 4 === 0 ? (faults[(requests / 4) % faults.length] ?? null) : null;
    });
    const objects = lab.make();
    await objects.apply(table(60));
    await objects.apply(table(25));
    expect([lab.server.store.count('services'), lab.server.store.count('endpointslices')]).toEqual([25, 25]);
    expect(requests).toBeGreaterThan(200);
  });

  it('are as an API server that gives addresses wants them: no address, no policy for traffic from outside', () => {
    const [service] = makeServices({
      services: 1,
      endpointsPerService: 1,
      targets: 1,
      realBackends: [{ address: '10.244.1.2' }],
      backends: 'shared',
    }).services;
    expect(service).toBeDefined();
    const { spec } = withoutAddress(service ?? {});
    expect(spec).not.toHaveProperty('clusterIP');
    expect(spec).not.toHaveProperty('clusterIPs');
    expect(spec).not.toHaveProperty('externalTrafficPolicy');
    expect(spec?.ports).toHaveLength(1);
  });
});

describe('EndpointSlices', () => {
  it('are asked for in v1 where the server has it', async () => {
    await using lab = await startLaboratory();
    expect(await findDiscoveryVersion(lab.kubeConfig)).toBe('discovery.k8s.io/v1');
  });

  it('are found although the server is overloaded at first', async () => {
    let asked = 0;
    await using lab = await startLaboratory(({ resource }) => {
      if (resource !== 'endpointslices') return null;
      asked += 1;
      return asked < 3 ? { kind: 'status', code: 429 } : null;
    });
    expect(await findDiscoveryVersion(lab.kubeConfig)).toBe('discovery.k8s.io/v1');
    expect(asked).toBe(3);
  });

  it('say the version that they are written in', () => {
    const [slice] = table(1).slices;
    expect(inVersion(slice ?? ({} as never), 'discovery.k8s.io/v1beta1').apiVersion).toBe('discovery.k8s.io/v1beta1');
  });
});
