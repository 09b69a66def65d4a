import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import { EnvironmentError } from '../../errors.ts';

/**
 * What kube-proxy says of itself at /metrics; `null` where this version (or mode) does not count it.
 * From kube-proxy 1.34 on, most series carry `ip_family`; before, both families wrote into one series.
 */
export interface ProxyMetrics {
  readonly syncCount: number | null;
  /** All syncs' durations added up. The histogram ends at 16 s, its sum does not. */
  readonly syncSumMs: number | null;
  /** Since 1.27. */
  readonly fullSyncCount: number | null;
  /** Unix ms at which a sync was last asked for, and at which one last succeeded. */
  readonly lastQueuedMs: number | null;
  readonly lastSyncMs: number | null;
  /** Changes seen that no sync has taken up yet. */
  readonly pendingServiceChanges: number | null;
  readonly pendingEndpointChanges: number | null;
  readonly iptablesRestoreFailures: number | null;
  readonly iptablesPartialRestoreFailures: number | null;
  readonly nftablesSyncFailures: number | null;
  readonly nftablesCleanupFailures: number | null;
  /** Unix ms at which the process that answers started. */
  readonly startedAtMs: number | null;
}

const PREFIX = 'kubeproxy_sync_';

/**
 * Only the few scalar lines that are read: the whole text has a thousand lines, most of them buckets and Go's own. Each gets a
 * type line of its own, because the parser (1.1.1) ties an untyped sample to its name by that alone, and it needs the last line end.
 */
function relevantLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.startsWith(PREFIX) && !line.includes('_bucket{'))
    .sort()
    .flatMap((line, index, lines) => {
      const name = nameOf(line);
      return name === nameOf(lines[index - 1] ?? '') ? [line] : [`# TYPE ${name} untyped`, line];
    })
    .concat('')
    .join('\n');
}

function nameOf(line: string): string {
  return /^\w*/.exec(line)?.[0] ?? '';
}

function parseStart(text: string): number | null {
  const seconds = /^process_start_time_seconds (\S+)/m.exec(text)?.[1];
  return seconds === undefined ? null : Number(seconds);
}

/** /metrics of kube-proxy 1.20 and later → its sync counters for IPv4. Throws on text that is not Prometheus'. */
export function parseProxyMetrics(text: string): ProxyMetrics {
  const families = new Map(parsePrometheusTextFormat(relevantLines(text)).map((one) => [one.name, one.metrics]));
  const value = (name: string): number | null => {
    const sample = families.get(`${PREFIX}${name}`)?.find(({ labels }) => (labels?.ip_family ?? 'IPv4') === 'IPv4');
    return sample?.value === undefined ? null : Number(sample.value);
  };
  const ms = (seconds: number | null) => (seconds === null ? null : seconds * 1000);
  return {
    syncCount: value('proxy_rules_duration_seconds_count'),
    syncSumMs: ms(value('proxy_rules_duration_seconds_sum')),
    fullSyncCount: value('full_proxy_rules_duration_seconds_count'),
    lastQueuedMs: ms(value('proxy_rules_last_queued_timestamp_seconds')),
    lastSyncMs: ms(value('proxy_rules_last_timestamp_seconds')),
    pendingServiceChanges: value('proxy_rules_service_changes_pending'),
    pendingEndpointChanges: value('proxy_rules_endpoint_changes_pending'),
    iptablesRestoreFailures: value('proxy_rules_iptables_restore_failures_total'),
    iptablesPartialRestoreFailures: value('proxy_rules_iptables_partial_restore_failures_total'),
    nftablesSyncFailures: value('proxy_rules_nftables_sync_failures_total'),
    nftablesCleanupFailures: value('proxy_rules_nftables_cleanup_failures_total'),
    startedAtMs: ms(parseStart(text)),
  };
}

/**
 * Why kube-proxy is not settled, or `null` when it is: it synced, nothing is pending, and the last sync ended after the last request for
 * one and after `lastChangeMs` (Unix ms by this machine's clock). A request that arrives in mid sync leaves its change pending, so both are asked.
 * A change that was written while kube-proxy ran (after `startedAtMs`, where that is known by the same clock) must have made it ask for a sync: another sync can end between the
 * write and its arrival at kube-proxy, with nothing pending yet (seen in an emulated guest, in ipvs mode).
 */
export function describeUnsettled(
  metrics: ProxyMetrics,
  lastChangeMs: number,
  startedAtMs: number | null = null,
): string | null {
  const { lastSyncMs, lastQueuedMs } = metrics;
  if (lastSyncMs === null || lastSyncMs === 0) return 'kube-proxy has not synced yet';
  const pending = (metrics.pendingServiceChanges ?? 0) + (metrics.pendingEndpointChanges ?? 0);
  if (pending > 0) return `kube-proxy has ${pending} changes pending`;
  const whileRunning = startedAtMs !== null && lastChangeMs > startedAtMs;
  if (whileRunning && lastQueuedMs !== null && lastQueuedMs < lastChangeMs)
    return 'the last change has not reached kube-proxy';
  if (lastQueuedMs !== null && lastSyncMs < lastQueuedMs) return 'kube-proxy has a sync queued';
  if (lastSyncMs < lastChangeMs) return 'kube-proxy has not synced since the last change';
  return null;
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(url, { signal });
    const body = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${body.slice(0, 200)}`);
    return body;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new EnvironmentError(
      `kube-proxy does not answer at ${url}`,
      "see kube-proxy's log in the run's logs folder",
      { cause: error },
    );
  }
}

/** `baseUrl`: metricsBindAddress of kube-proxy as seen from here, such as http://192.0.2.1:10249. */
export async function fetchProxyMetrics(baseUrl: string, signal: AbortSignal): Promise<ProxyMetrics> {
  return parseProxyMetrics(await fetchText(`${baseUrl}/metrics`, signal));
}

/** The mode that kube-proxy really runs, as it says at /proxyMode: iptables, ipvs, nftables or userspace. */
export async function fetchProxyMode(baseUrl: string, signal: AbortSignal): Promise<string> {
  return (await fetchText(`${baseUrl}/proxyMode`, signal)).trim();
}
