import { type FetchProxyPage, NodeProxy, requireProxyMode } from '../../dataplane/kube-proxy/found.ts';
import { EnvironmentError } from '../../errors.ts';
import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import type { Opening } from '../kubernetes-shared/opening.ts';
import type { CountersSession } from './counters-session.ts';
import { prometheusPages } from './prometheus.ts';
import { formatPage, listProxyPages, type NodeAddresses } from './proxy-pages.ts';
import { formatAsConfigz, type ProxySettings } from './proxy-settings.ts';

export interface FoundProxy {
  readonly proxy: NodeProxy | null;
  /** What /proxyMode says; `null` where that page cannot be reached. */
  readonly running: string | null;
  /** Where its pages were looked for. */
  readonly tried: readonly string[];
  /** Its settings, in the form of /configz: that page's, else its ConfigMap's; `null` where neither can be read. */
  readonly effectiveConfig: string | null;
}

/**
 * kube-proxy's own pages on the node, where its settings say; else a Prometheus that was named; else nothing is known of it, which is a condition of the run.
 * Rejects where the scenario says where the pages are, or names a Prometheus, and they are not there.
 */
export async function findProxy(
  { settings, signal }: Pick<Opening, 'settings' | 'signal'>,
  { session, node }: { readonly session: CountersSession; readonly node: NodeAddresses },
  configured: ProxySettings | null,
): Promise<FoundProxy> {
  const given = settings.proxyMetrics ?? null;
  const pages = listProxyPages({ given, bound: configured?.metricsBindAddress, node });
  const tried = pages.map(formatPage);
  const own = pages.map(
    (page): FetchProxyPage =>
      (path) =>
        session.proxyPage(page, path),
  );
  const proxy = (await firstReached(own, signal)) ?? refuseGiven(given, tried);
  const found = proxy ?? (await askPrometheus(settings, node.first, signal));
  const effectiveConfig = (await found?.configz()) ?? (configured === null ? null : formatAsConfigz(configured));
  const running = (await found?.mode().catch(() => null)) ?? null;
  return { proxy: found, running, tried, effectiveConfig };
}

async function firstReached(sources: readonly FetchProxyPage[], signal: AbortSignal): Promise<NodeProxy | null> {
  for (const fetchPage of sources) {
    const proxy = new NodeProxy(fetchPage, signal);
    const reached = await proxy.metrics().then(
      (metrics) => metrics.lastSyncMs !== null,
      () => false,
    );
    if (reached) return proxy;
  }
  return null;
}

function refuseGiven(given: string | null, tried: readonly string[]): null {
  if (given === null) return null;
  throw new EnvironmentError(
    `kube-proxy's metrics are not at ${tried.join(' or ')} of the client's node, where --proxy-metrics ${given} says`,
    "look for metricsBindAddress in kube-proxy's settings (kubectl -n kube-system get configmap kube-proxy -o yaml), or leave --proxy-metrics out",
  );
}

/** What is wrong with a Prometheus that somebody named is told by itself: to say that there are no metrics would send them to name one. */
async function askPrometheus(
  { prometheus }: Opening['settings'],
  nodeAddress: string,
  signal: AbortSignal,
): Promise<NodeProxy | null> {
  if (prometheus === null) return null;
  const proxy = new NodeProxy(prometheusPages(prometheus, nodeAddress), signal);
  const { lastSyncMs } = await proxy.metrics();
  if (lastSyncMs === null)
    throw new EnvironmentError(
      `the Prometheus of kubernetes.prometheus has metrics of ${nodeAddress}, and none says when kube-proxy synchronised last (kubeproxy_sync_proxy_rules_last_timestamp_seconds)`,
      'let it keep all of kubeproxy_sync_proxy_rules_* (metric_relabel_configs of its job), or leave kubernetes.prometheus out',
    );
  return proxy;
}

/** A label that is not confirmed is no measurement of that mode; whatever runs can always be measured as it is found. */
export function requireMode(mode: Mode, running: string | null, context: string): void {
  const asked = modeOf(mode).proxyWord;
  if (asked === null) return;
  if (running !== null) {
    requireProxyMode(asked, running, `the client's node of ${context}`);
    return;
  }
  throw new EnvironmentError(
    `${mode.id} cannot be confirmed in context ${context}: kube-proxy's page /proxyMode cannot be reached on the client's node`,
    'measure it as it is found: leave out --modes, or {name: …, mode: as-found} in the scenario; or say where its pages are (--proxy-metrics)',
  );
}
