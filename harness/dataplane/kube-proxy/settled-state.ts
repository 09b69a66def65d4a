import type { ProxyMetrics } from './metrics.ts';

/**
 * What kube-proxy said when it was last settled. As long as it has queued nothing since, and nothing is pending, it still is, whatever its times say by now: a wall
 * clock that was set back makes each later sync look older than the request that it was made after.
 */
export class SettledState {
  #noted: { readonly metrics: ProxyMetrics; readonly lastChangeMs: number } | null = null;

  /** It was found settled after this change (Unix ms; 0 for none of ours). */
  note(metrics: ProxyMetrics, lastChangeMs: number): void {
    this.#noted = { metrics, lastChangeMs };
  }

  holds(metrics: ProxyMetrics, lastChangeMs: number): boolean {
    const noted = this.#noted;
    if (noted === null || metrics.lastQueuedMs === null) return false;
    const isSameChange = lastChangeMs === 0 || lastChangeMs === noted.lastChangeMs;
    const hasQueuedNothing =
      metrics.lastQueuedMs === noted.metrics.lastQueuedMs && metrics.startedAtMs === noted.metrics.startedAtMs;
    const pending = (metrics.pendingServiceChanges ?? 0) + (metrics.pendingEndpointChanges ?? 0);
    return isSameChange && hasQueuedNothing && pending === 0;
  }
}
