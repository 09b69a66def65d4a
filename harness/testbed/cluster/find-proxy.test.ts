import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EnvironmentError } from '../../errors.ts';
import { localChannel } from '../../load/client-channel.ts';
import type { KubernetesSettings } from '../../model/kubernetes.ts';
import { CountersSession } from './counters-session.ts';
import { findProxy } from './find-proxy.ts';

const PROGRAM = join(import.meta.dirname, 'counters.ts');
const NOBODY = '127.0.0.1:1';
const signal = new AbortController().signal;

const SETTINGS: KubernetesSettings = {
  contexts: [],
  nodeImage: null,
  clusters: 'auto',
  nginxImage: 'nginx',
  clientImage: 'node',
  clientNodes: {},
  serverNodes: {},
  prometheus: null,
};

/** The counting program itself, which asks for the pages. */
let directory = '';
let session: CountersSession;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'find-proxy-'));
  session = new CountersSession('here', localChannel([process.execPath, PROGRAM], join(directory, 'log')));
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** What answers as kube-proxy's pages do, on some port. */
async function startPages(pages: Readonly<Record<string, string>>, host = '127.0.0.1') {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

const PAGES = {
  '/metrics': 'kubeproxy_sync_proxy_rules_last_timestamp_seconds 1.7e+09\n',
  '/proxyMode': 'nftables',
  '/configz': '{"kubeproxy.config.k8s.io":{"mode":"nftables"}}',
};

const find = (proxyMetrics: string | null, configured: object | null) =>
  findProxy(
    { settings: proxyMetrics === null ? SETTINGS : { ...SETTINGS, proxyMetrics }, signal },
    { session, node: { metricsFlag: null, first: '127.0.0.2', local: ['127.0.0.1'] } },
    configured === null ? null : { ...configured },
  );

it("its pages are found on the port that its settings name, also at the node's own address", async () => {
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    await using pages = await startPages(PAGES, host);
    for (const bound of [`0.0.0.0:${pages.port}`, `192.0.2.21:${pages.port}`]) {
      const found = await find(null, { metricsBindAddress: bound });
      expect(found.running).toBe('nftables');
      expect(found.effectiveConfig).toBe(PAGES['/configz']);
    }
  }
});

it('they are found where the scenario says, whatever the settings say', async () => {
  await using pages = await startPages(PAGES);
  expect((await find(String(pages.port), { metricsBindAddress: NOBODY })).running).toBe('nftables');
  expect((await find(`127.0.0.1:${pages.port}`, null)).running).toBe('nftables');
});

it('where they are not where the scenario says, that is refused with what was tried', async () => {
  await expect(find('1', null)).rejects.toThrow(EnvironmentError);
  await expect(find('1', null)).rejects.toThrow(/not at 127\.0\.0\.1:1 or 127\.0\.0\.2:1 .*--proxy-metrics 1/);
});

it("a page that is not kube-proxy's is none of its", async () => {
  await using pages = await startPages({ '/metrics': 'go_goroutines 4\n' });
  const found = await find(null, { metricsBindAddress: `127.0.0.1:${pages.port}`, mode: 'ipvs' });
  expect(found).toMatchObject({ proxy: null, running: null });
});

it('without /configz the settings are those of the ConfigMap, and unknown without either', async () => {
  const { '/configz': _page, ...others } = PAGES;
  await using pages = await startPages(others);
  const configured = {
    metricsBindAddress: `127.0.0.1:${pages.port}`,
    mode: 'nftables',
    nftables: { minSyncPeriod: '5s' },
  };
  const found = await find(null, configured);
  expect(found.proxy).not.toBeNull();
  expect(JSON.parse(found.effectiveConfig ?? '')).toEqual({ 'kubeproxy.config.k8s.io': configured });
  expect((await find(String(pages.port), null)).effectiveConfig).toBeNull();
});

const findAt = (prometheus: string) =>
  findProxy(
    { settings: { ...SETTINGS, prometheus }, signal },
    { session, node: { metricsFlag: null, first: '127.0.0.2', local: ['127.0.0.1'] } },
    { metricsBindAddress: NOBODY },
  );

it('a Prometheus that was named and does not do says why, in place of "no metrics"', async () => {
  await expect(findAt('http://127.0.0.1:1/prometheus')).rejects.toThrow(
    /Prometheus at http:\/\/127\.0\.0\.1:1\/prometheus does not answer/,
  );
  await using pages = await startPages({});
  await expect(findAt(`http://127.0.0.1:${pages.port}`)).rejects.toThrow(/answers 404/);
});

it('a Prometheus that lacks the one series that tells of settling is refused by its name', async () => {
  const sample = { metric: { __name__: 'kubernetes_build_info', instance: '127.0.0.2:10249' }, value: [1, '1'] };
  const body = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [sample] } });
  const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(findAt(`http://127.0.0.1:${port}`)).rejects.toThrow(/kubeproxy_sync_proxy_rules_last_timestamp_seconds/);
  server.close();
});
