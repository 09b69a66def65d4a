import { z } from 'zod';
import { EnvironmentError } from '../../errors.ts';
import type { FetchProxyPage } from '../kubernetes-shared/node-proxy.ts';

/** GET /api/v1/query of Prometheus (HTTP API, instant vector). */
const answerSchema = z.looseObject({
  status: z.literal('success'),
  data: z.looseObject({
    result: z.array(
      z.looseObject({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

const QUERY = '{__name__=~"kubeproxy_sync_proxy_rules_.*|kubernetes_build_info"';

/**
 * kube-proxy's metrics of one node as a Prometheus has them, in the text format that kube-proxy itself would give: old by up to one scrape interval, which
 * the settle gate waits for. Its other pages are not in there.
 */
export function prometheusPages(baseUrl: string, nodeAddress: string): FetchProxyPage {
  return async (path, signal) => {
    if (path !== '/metrics') throw new Error(`a Prometheus has no page ${path}`);
    const url = new URL('/api/v1/query', baseUrl);
    url.searchParams.set('query', `${QUERY},instance=~"${escapeLabel(nodeAddress)}(:[0-9]+)?"}`);
    const samples = await query(url, signal);
    if (samples.length === 0)
      throw new EnvironmentError(
        `the Prometheus at ${baseUrl} has no kube-proxy metrics of ${nodeAddress}`,
        'scrape kube-proxy (port 10249 of the nodes) with "instance" as address:port',
      );
    return `${samples.map(formatSample).join('\n')}\n`;
  };
}

function escapeLabel(text: string): string {
  return text.replaceAll('.', '\\\\.');
}

async function query(url: URL, signal: AbortSignal) {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    return answerSchema.parse(await response.json()).data.result;
  } catch (error) {
    signal.throwIfAborted();
    throw new EnvironmentError(
      `the Prometheus at ${url.origin} does not answer: ${error instanceof Error ? error.message : error}`,
      'check kubernetes.prometheus of the scenario',
      { cause: error },
    );
  }
}

function formatSample({ metric, value }: { metric: Record<string, string>; value: readonly [number, string] }): string {
  const { __name__: name = '', ...labels } = metric;
  const text = Object.entries(labels).map(([key, label]) => `${key}=${JSON.stringify(label)}`);
  return `${name}{${text.join(',')}} ${value[1]}`;
}
