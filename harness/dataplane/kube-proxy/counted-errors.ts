import type { ProxyErrors } from '../../model/proxy-errors.ts';
import type { ProxyMetrics } from './metrics.ts';

/** kube-proxy's own counters of what failed (its names at /metrics, without their common beginning), and what each means. */
const FAILURES = [
  { field: 'iptablesRestoreFailures', name: 'iptables_restore_failures_total', what: 'writes of the rules failed' },
  {
    field: 'iptablesPartialRestoreFailures',
    name: 'iptables_partial_restore_failures_total',
    what: 'partial writes of the rules failed',
  },
  { field: 'nftablesSyncFailures', name: 'nftables_sync_failures_total', what: 'syncs failed' },
  {
    field: 'nftablesCleanupFailures',
    name: 'nftables_cleanup_failures_total',
    what: 'stale chains could not be taken away',
  },
] as const;

/** Whether a new process answers: kube-proxy ended and was restarted. */
export function hasRestarted(before: ProxyMetrics, after: ProxyMetrics): boolean {
  return before.startedAtMs !== null && after.startedAtMs !== null && after.startedAtMs > before.startedAtMs;
}

/** What failed between two readings of its metrics, where its log cannot be read. Pure. */
export function compareCountedErrors(before: ProxyMetrics, after: ProxyMetrics): readonly ProxyErrors[] {
  const restarted = hasRestarted(before, after);
  const failures = FAILURES.flatMap(({ field, name, what }): ProxyErrors[] => {
    const count = (after[field] ?? 0) - (restarted ? 0 : (before[field] ?? 0));
    return count > 0 ? [{ severity: 'error', source: name, count, example: `${what} (${name})` }] : [];
  });
  const restart = {
    severity: 'fatal',
    source: 'process_start_time_seconds',
    count: 1,
    example: 'kube-proxy was started anew (process_start_time_seconds)',
  } as const;
  return restarted ? [restart, ...failures] : failures;
}
