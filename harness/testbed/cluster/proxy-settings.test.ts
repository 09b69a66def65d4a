import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { makeKubeConfig } from '../../kubernetes/client/testing/kube-config.ts';
import { formatAsConfigz, loadProxySettings, parseProxySettings, readConfigz } from './proxy-settings.ts';

const HEAD = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';
const KUBECONFIG = 'apiVersion: v1\nkind: Config\nusers: []\n';

it.each([
  ['kubeadm', { 'config.conf': `${HEAD}mode: ipvs\n`, 'kubeconfig.conf': KUBECONFIG }],
  ['kubeadm, in another order', { 'kubeconfig.conf': KUBECONFIG, 'config.conf': `${HEAD}mode: ipvs\n` }],
  ['EKS', { config: `${HEAD}mode: ipvs\n` }],
  ['several documents', { 'config.conf': `${KUBECONFIG}---\n${HEAD}mode: ipvs\n` }],
  ['what refers to nothing beside it', { 'a.conf': 'x: *nobody\n', 'config.conf': `${HEAD}mode: ipvs\n` }],
  ['a script beside it', { 'start.sh': '#!/bin/sh\nexec kube-proxy "$@"\n', 'z.conf': `${HEAD}mode: ipvs\n` }],
  [
    'JSON',
    {
      'config.json': '{"apiVersion":"kubeproxy.config.k8s.io/v1alpha1","kind":"KubeProxyConfiguration","mode":"ipvs"}',
    },
  ],
])('the settings are found as %s keeps them', (_who, files) => {
  expect(parseProxySettings(files)?.mode).toBe('ipvs');
});

it.each([
  ['nothing', {}],
  ['no YAML', { 'config.conf': '{a: [' }],
  ['other kinds', { 'config.conf': KUBECONFIG }],
  ["another program's settings", { 'config.conf': 'apiVersion: example.org/v1\nkind: KubeProxyConfiguration\n' }],
])('%s has none', (_what, files) => {
  expect(parseProxySettings(files)).toBeNull();
});

it('they are stored in the form of /configz, and read again', () => {
  const settings = parseProxySettings({ config: `${HEAD}mode: nftables\n` });
  expect(readConfigz(formatAsConfigz(settings ?? {}))).toEqual(settings);
  expect(readConfigz('no JSON')).toBeNull();
  expect(readConfigz('null')).toBeNull();
});

/** An API server that has these ConfigMaps in kube-system, and answers `otherwise` for the rest. */
async function startServer(maps: Readonly<Record<string, object>>, otherwise: number) {
  const server = createServer((request, response) => {
    const data = maps[request.url?.split('/').at(-1) ?? ''];
    const isThere =
      request.url?.startsWith('/api/v1/namespaces/kube-system/configmaps/') === true && data !== undefined;
    response.writeHead(isThere ? 200 : otherwise, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(isThere ? { apiVersion: 'v1', kind: 'ConfigMap', data } : { kind: 'Status', code: otherwise }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { kubeConfig: makeKubeConfig(url), [Symbol.asyncDispose]: async () => void server.close() };
}

it.each([
  ['kubeadm has it', { 'kube-proxy': { 'config.conf': `${HEAD}mode: ipvs\n` } }, 404, 'ipvs'],
  ['EKS has it', { 'kube-proxy-config': { config: `${HEAD}mode: nftables\n` } }, 404, 'nftables'],
  [
    'EKS has it, beside one of another kind',
    { 'kube-proxy': { a: KUBECONFIG }, 'kube-proxy-config': { config: `${HEAD}mode: nftables\n` } },
    404,
    'nftables',
  ],
  ['there is none', {}, 404, undefined],
  ['this user may not read it', {}, 403, undefined],
])('the ConfigMap is read where %s', async (_what, maps, otherwise, mode) => {
  await using server = await startServer(maps, otherwise);
  expect((await loadProxySettings(server.kubeConfig))?.mode).toBe(mode);
});
