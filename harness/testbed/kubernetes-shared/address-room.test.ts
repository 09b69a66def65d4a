import type { KubeConfig } from '@kubernetes/client-node';
import { afterEach, expect, it } from 'vitest';
import { EnvironmentError, UsageError } from '../../errors.ts';
import type { Store } from '../../kubernetes/apiserver/store.ts';
import { type FullApiServer, startFullApiServer } from '../../kubernetes/apiserver/testing/full-server.ts';
import { makeKubeConfig } from '../../kubernetes/client/testing/kube-config.ts';
import type { Scenario } from '../../model/scenario.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { findAddressRoom } from './address-room.ts';
import type { Opening } from './opening.ts';

function scenario(text: string): Scenario {
  const services = text.startsWith('services:') ? '' : 'services: 10\n';
  const file = `${services}modes: [nftables]\ntestbed: kind\n${text}`;
  return parseScenario({ name: 'mine', file: 'mine.yaml', text: file }, []);
}

const ask = (kubeConfig: KubeConfig, text = '', modes = 1) =>
  findAddressRoom({ options: { scenario: scenario(text) } as Opening['options'] }, kubeConfig, {
    modes,
    adopted: false,
    progress: () => () => undefined,
  });

let server: FullApiServer | undefined;
afterEach(async () => await server?.[Symbol.asyncDispose]());

/** `cidrs`: what the ServiceCIDRs say; `null` where the cluster has none, and a dry run has to tell. */
async function startCluster(
  serviceCidr: string,
  cidrs: readonly string[] | null,
  prepare: (store: Store) => void = () => undefined,
): Promise<KubeConfig> {
  server = await startFullApiServer({ host: '127.0.0.1', port: 0, serviceCidr });
  const { store } = server;
  store.remove('servicecidrs', { name: 'kubernetes' });
  if (cidrs !== null) store.create('servicecidrs', { metadata: { name: 'kubernetes' }, spec: { cidrs } } as object);
  prepare(store);
  return makeKubeConfig(server.url);
}

it('a range that is being taken away has no room, and still is no place for synthetic endpoints', async () => {
  const kubeConfig = await startCluster('10.96.0.0/27', ['10.96.0.0/27'], (store) => {
    store.create('servicecidrs', {
      metadata: { name: 'old' },
      spec: { cidrs: ['198.18.0.0/16'] },
      status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Terminating' }] },
    } as object);
  });
  await expect(ask(kubeConfig, 'services: 1000')).rejects.toThrow(/range 10\.96\.0\.0\/27: 0 .* so 22 fit/);
  expect(await ask(kubeConfig, 'services: 8')).toBe('248.0.0.0/6');
});

it.each([
  ['its ServiceCIDRs tell', ['10.96.0.0/27', 'fd00:10:96::/112']],
  ['a dry run tells', null],
])(
  'a cluster whose range is small, as %s, is refused with the number that fits, and holds nothing of it',
  async (_how, cidrs) => {
    const kubeConfig = await startCluster('10.96.0.0/27', cidrs, (store) => {
      for (let index = 2; index < 16; index += 1)
        store.create('services', {
          metadata: { name: `s${index}` },
          spec: { clusterIP: `10.96.0.${index}`, ports: [{ port: 80 }] },
        } as object);
    });
    expect(await ask(kubeConfig, 'services: 8')).toBe('198.18.0.0/15');
    await expect(ask(kubeConfig, 'services: 9')).rejects.toThrow(UsageError);
    await expect(ask(kubeConfig, 'services: 9')).rejects.toThrow(/range 10\.96\.0\.0\/27: 14 .* so 8 fit/);
    await expect(ask(kubeConfig, 'services: 5', 2)).rejects.toThrow(/each of the 2 modes.* so 4 fit/);
    expect(server?.store.count('services')).toBe(14);
  },
);

it('a cluster without IPv4 Services is refused by name before anything is made', async () => {
  const kubeConfig = await startCluster('10.96.0.0/24', ['fd00:10:96::/112']);
  await expect(ask(kubeConfig)).rejects.toThrow(EnvironmentError);
  await expect(ask(kubeConfig)).rejects.toThrow(
    'this cluster has no IPv4 Services: its Services have addresses of fd00:10:96::/112',
  );
  expect(server?.store.count('services')).toBe(0);
});

it('endpoints keep away from what nodes, slices and Services of others have, over several pages', async () => {
  const kubeConfig = await startCluster('10.96.0.0/16', null, (store) => {
    store.create('nodes', { metadata: { name: 'n' }, spec: { podCIDR: '198.18.7.0/24' } } as object);
    for (let index = 0; index < 600; index += 1)
      store.create('endpointslices', {
        metadata: { name: `slice-${index}` },
        addressType: 'IPv4',
        endpoints: [{ addresses: [index === 599 ? '250.1.2.3' : '10.9.9.9'] }],
      } as object);
  });
  expect(await ask(kubeConfig)).toBe('240.0.0.0/6');
  expect(await ask(kubeConfig, 'ranges: {endpoints: 172.20.0.0/16}')).toBe('172.20.0.0/16');
  await expect(ask(kubeConfig, 'ranges: {endpoints: 250.0.0.0/8}')).rejects.toThrow(
    /250\.1\.2\.3 \(EndpointSlice default\/slice-599\)/,
  );
  expect(await ask(kubeConfig, 'backends: shared')).toBeNull();
});
