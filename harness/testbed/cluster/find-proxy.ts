import { EnvironmentError } from '../../errors.ts';
import type { Mode } from '../../model/mode.ts';
import { kubeProxyMode } from '../../proxy/config.ts';
import { type FetchProxyPage, NodeProxy, requireProxyMode } from '../kubernetes-shared/node-proxy.ts';
import type { Opening } from '../kubernetes-shared/opening.ts';
import type { OpenCounters } from './counters-pod.ts';
import { prometheusPages } from './prometheus.ts';

export interface FoundProxy {
  readonly proxy: NodeProxy | null;
  /** What /proxyMode says; `null` where that page cannot be reached. */
  readonly running: string | null;
}

/** kube-proxy's own pages on the node; else a Prometheus that was named; else nothing is known of it, which the limits say. */
export async function findProxy({ settings, signal }: Opening, counters: OpenCounters): Promise<FoundProxy> {
  const sources: FetchProxyPage[] = [
    (path) => counters.session.proxyPage(path),
    ...(settings.prometheus === null ? [] : [prometheusPages(settings.prometheus, counters.nodeAddress)]),
  ];
  for (const fetchPage of sources) {
    const proxy = new NodeProxy(fetchPage, signal);
    const reached = await proxy.metrics().then(
      (metrics) => metrics.lastSyncMs !== null,
      () => false,
    );
    if (reached) return { proxy, running: await proxy.mode().catch(() => null) };
  }
  return { proxy: null, running: null };
}

/** A label that is not confirmed is no measurement of that mode; whatever runs can always be measured as it is found. */
export function requireMode(mode: Mode, running: string | null, context: string): void {
  const asked = kubeProxyMode(mode.routing);
  if (asked === null) return;
  if (running !== null) {
    requireProxyMode(asked, running, `the client's node of ${context}`);
    return;
  }
  throw new EnvironmentError(
    `${mode.id} cannot be confirmed in context ${context}: kube-proxy's page /proxyMode cannot be reached on the client's node`,
    'measure it as it is found: leave out --modes, or {name: …, mode: as-found} in the scenario',
  );
}
