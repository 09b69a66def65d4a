import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { NodeProxy } from '../kubernetes-shared/node-proxy.ts';
import { prometheusPages } from './prometheus.ts';

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
