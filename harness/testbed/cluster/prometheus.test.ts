import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { NodeProxy } from '../../dataplane/kube-proxy/found.ts';
import { prometheusPages, queryUrl } from './prometheus.ts';

/** An instant vector in the form of Prometheus' HTTP API; records what was asked. */
async function startPrometheus(result: readonly object[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? '');
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const sample = (name: string, value: string) => ({
  metric: { __name__: `kubeproxy_sync_proxy_rules_${name}`, instance: '172.18.0.4:10249', job: 'kube-proxy' },
  value: [1795260840.1, value],
});
const signal = new AbortController().signal;

it('a Prometheus tells what kube-proxy itself would, of one node', async () => {
  await using prometheus = await startPrometheus([
    sample('duration_seconds_count', '7'),
    sample('duration_seconds_sum', '1.5'),
    sample('last_timestamp_seconds', '1795260835.6'),
    sample('last_queued_timestamp_seconds', '1795260835.3'),
  ]);
  const metrics = await new NodeProxy(prometheusPages(prometheus.url, '172.18.0.4'), signal).metrics();
  expect(metrics).toMatchObject({ syncCount: 7, syncSumMs: 1500 });
  expect(metrics.lastSyncMs).toBeCloseTo(1795260835600);
  expect(prometheus.asked[0]).toContain('instance=~"172\\\\.18\\\\.0\\\\.4(:[0-9]+)?"');
});

it('a Prometheus that does not scrape the node, or is not there, is named', async () => {
  await using empty = await startPrometheus([]);
  await expect(prometheusPages(empty.url, '172.18.0.4')('/metrics', signal)).rejects.toThrow(/no kube-proxy metrics/);
  await expect(prometheusPages('http://127.0.0.1:1', '172.18.0.4')('/metrics', signal)).rejects.toThrow(
    /does not answer/,
  );
});

it.each([
  ['http://h:9090', '/api/v1/query'],
  ['http://h/prometheus', '/prometheus/api/v1/query'],
  ['http://h/prometheus/', '/prometheus/api/v1/query'],
  ['http://h/api/prom/', '/api/prom/api/v1/query'],
  ['http://h/prometheus/graph?g0.expr=up', '/prometheus/api/v1/query'],
  ['http://h/select/0/prometheus/api/v1', '/select/0/prometheus/api/v1/query'],
  ['http://h/prometheus/api/v1/query', '/prometheus/api/v1/query'],
])('the base %s keeps its path', (base, path) => {
  expect(queryUrl(base).pathname).toBe(path);
});

it('the parameters of the base stay', () => {
  expect(queryUrl('http://h/p?tenant=a').search).toBe('?tenant=a');
});

/** A server that answers always alike, and tells with which header it was asked. */
async function startServer(status: number, headers: Record<string, string>, body: string) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    if (request.url === '/login') return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in');
    return response.writeHead(status, headers).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, url, [Symbol.asyncDispose]: async () => void server.close() };
}

it.each([
  [401, { 'content-type': 'text/plain' }, 'Unauthorized', /answers 401 .*Unauthorized/, /BENCH_PROMETHEUS_TOKEN/],
  [403, {}, '', /answers 403/, /BENCH_PROMETHEUS_USER/],
  [404, {}, '404 page not found', /answers 404/, /path right.*\/api\/v1\/query/],
  [503, {}, 'down', /answers 503/, /the server/],
  [200, { 'content-type': 'text/html' }, '<html>', /answers with text\/html/, /sign-in page/],
  [302, { location: '/login' }, '', /text\/html.*sent on to/, /sign-in page/],
  [
    200,
    { 'content-type': 'application/json' },
    '{"status":"error","error":"bad"}',
    /no answer of a Prometheus/,
    /check/,
  ],
] as const)('a server that answers %i %o is told by what it said', async (status, headers, body, message, remedy) => {
  await using server = await startServer(status, headers, body);
  const failed = prometheusPages(server.url, '10.0.0.1', {})('/metrics', signal);
  await expect(failed).rejects.toThrow(message);
  await expect(failed).rejects.toMatchObject({ remedy: expect.stringMatching(remedy) });
});

it('a token, or a user name and password, are sent and not told', async () => {
  await using server = await startServer(401, {}, 'no');
  const withToken = prometheusPages(server.url, '10.0.0.1', { BENCH_PROMETHEUS_TOKEN: 'geheim' });
  const failed = withToken('/metrics', signal);
  await expect(failed).rejects.toThrow(/401/);
  await expect(failed).rejects.not.toThrow(/geheim/);
  const withUser = { BENCH_PROMETHEUS_USER: 'u', BENCH_PROMETHEUS_PASSWORD: 'p' };
  await expect(prometheusPages(server.url, '10.0.0.1', withUser)('/metrics', signal)).rejects.toThrow(/401/);
  expect(server.asked).toEqual(['Bearer geheim', `Basic ${Buffer.from('u:p').toString('base64')}`]);
});

it('a server that shows what it was sent shows no token here', async () => {
  const server = createServer((request, response) => {
    response.writeHead(401).end(`bad header ${request.headers.authorization}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pages = prometheusPages(url, '172.18.0.4', { BENCH_PROMETHEUS_TOKEN: 'Bearer se$cr!et\n' });
  await expect(pages('/metrics', signal)).rejects.toThrow(/401 Unauthorized: bad header Bearer \*\*\*$/);
  server.close();
});

it.each(['gehe im', 'gehe\nim', 'geheim→'])('a token that cannot be sent is named and not told: %j', async (token) => {
  const pages = prometheusPages('http://127.0.0.1:1', '172.18.0.4', { BENCH_PROMETHEUS_TOKEN: token });
  const refused = await Promise.resolve(pages('/metrics', signal)).catch((error: Error) => error.message);
  expect(refused).toMatch(/^BENCH_PROMETHEUS_TOKEN cannot be sent/);
  expect(refused).not.toContain('gehe');
});
