import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, DiscoveryV1Api, makeInformer, type V1Service } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Fault } from '../apiserver/testing/fault.ts';
import { type FullApiServer, startFullApiServer } from '../apiserver/testing/full-server.ts';
import { makeServices } from '../objects/service-table.ts';
import { makeKubeConfig } from './testing/kube-config.ts';

let server: FullApiServer;
let fault: Fault | null = null;

beforeEach(async () => {
  fault = null;
  server = await startFullApiServer({
    host: '127.0.0.1',
    port: 0,
    faults: ({ verb }) => (verb === 'watch' ? fault : null),
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const [SERVICE] = makeServices({
  services: 1,
  endpointsPerService: 1,
  targets: 1,
  realBackends: [{ address: '10.244.0.2' }],
  backends: 'shared',
  namespacePrefix: 'default',
}).services;

function serviceNamed(name: string): V1Service {
  return { ...SERVICE, metadata: { name, namespace: 'default' }, spec: { ports: [{ port: 80 }] } };
}

it('The typed client of @kubernetes/client-node creates, reads, replaces and deletes', async () => {
  const api = makeKubeConfig(server.url).makeApiClient(CoreV1Api);
  const created = await api.createNamespacedService({ namespace: 'default', body: serviceNamed('a') });
  expect(created.spec?.clusterIP).toBe('10.111.255.254');
  expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
  created.spec = { ...created.spec, sessionAffinity: 'ClientIP' };
  const replaced = await api.replaceNamespacedService({ namespace: 'default', name: 'a', body: created });
  expect(replaced.spec?.sessionAffinity).toBe('ClientIP');
  await expect(api.replaceNamespacedService({ namespace: 'default', name: 'a', body: created })).rejects.toMatchObject({
    code: 409,
  });
  await api.deleteNamespacedService({ namespace: 'default', name: 'a' });
  await expect(api.readNamespacedService({ namespace: 'default', name: 'a' })).rejects.toMatchObject({ code: 404 });
});

it('Its lists go on over pages', async () => {
  const slices = Array.from({ length: 25 }, (_, index) => ({ metadata: { name: `s${index}` }, addressType: 'IPv4' }));
  server.store.createMany('endpointslices', slices);
  const api = makeKubeConfig(server.url).makeApiClient(DiscoveryV1Api);
  const names = new Set<string | undefined>();
  let token: string | undefined;
  do {
    const page = await api.listEndpointSliceForAllNamespaces({
      limit: 10,
      ...(token === undefined ? {} : { _continue: token }),
    });
    for (const item of page.items) names.add(item.metadata?.name);
    token = page.metadata?._continue;
  } while (token !== undefined);
  expect(names.size).toBe(25);
});

it('Its informer sees what was there and every change after that, also when its watch is broken', async () => {
  const kubeConfig = makeKubeConfig(server.url);
  const api = kubeConfig.makeApiClient(CoreV1Api);
  server.store.create('services', serviceNamed('a') as object);
  const informer = makeInformer(kubeConfig, '/api/v1/services', () => api.listServiceForAllNamespaces());
  const seen: string[] = [];
  for (const verb of ['add', 'update', 'delete'] as const) {
    informer.on(verb, (service) => seen.push(`${verb} ${service.metadata?.name}`));
  }
  const until = async (count: number) => {
    for (let tries = 0; seen.length < count && tries < 500; tries += 1) await sleep(5);
  };
  // Who uses an informer starts it again after an error.
  informer.on('error', () => void informer.start());
  fault = { kind: 'drop-watch', afterMs: 50 };
  await informer.start();
  await until(1);
  await sleep(150);
  fault = null;
  server.store.create('services', serviceNamed('b') as object);
  await until(2);
  server.store.remove('services', { namespace: 'default', name: 'a' });
  await until(3);
  expect(seen).toEqual(['add a', 'add b', 'delete a']);
  await informer.stop();
});
