import { describe, expect, it } from 'vitest';
import { describeUnsettled, parseProxyMetrics } from './metrics.ts';

/** Lines of kube-proxy 1.36.3 in nftables mode, after one full and one partial sync. */
const NFTABLES_1_36 = `# HELP go_goroutines Number of goroutines that currently exist.
# TYPE go_goroutines gauge
go_goroutines 66
# HELP kubeproxy_sync_full_proxy_rules_duration_seconds [ALPHA] SyncProxyRules latency in seconds for full resyncs
# TYPE kubeproxy_sync_full_proxy_rules_duration_seconds histogram
kubeproxy_sync_full_proxy_rules_duration_seconds_bucket{ip_family="IPv4",le="0.064"} 1
kubeproxy_sync_full_proxy_rules_duration_seconds_sum{ip_family="IPv4"} 0.0403622
kubeproxy_sync_full_proxy_rules_duration_seconds_count{ip_family="IPv4"} 1
kubeproxy_sync_full_proxy_rules_duration_seconds_sum{ip_family="IPv6"} 0.031870966
kubeproxy_sync_full_proxy_rules_duration_seconds_count{ip_family="IPv6"} 1
kubeproxy_sync_partial_proxy_rules_duration_seconds_sum{ip_family="IPv4"} 0.02551251
kubeproxy_sync_partial_proxy_rules_duration_seconds_count{ip_family="IPv4"} 1
kubeproxy_sync_proxy_rules_duration_seconds_sum{ip_family="IPv4"} 0.06585714299999999
kubeproxy_sync_proxy_rules_duration_seconds_count{ip_family="IPv4"} 2
kubeproxy_sync_proxy_rules_duration_seconds_sum{ip_family="IPv6"} 0.031869273
kubeproxy_sync_proxy_rules_duration_seconds_count{ip_family="IPv6"} 1
kubeproxy_sync_proxy_rules_endpoint_changes_pending 0
kubeproxy_sync_proxy_rules_endpoint_changes_total 21
kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv4"} 1.795256989002736e+09
kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv6"} 1.7952569872000988e+09
kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.7952569890283082e+09
kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv6"} 1.7952569873720183e+09
kubeproxy_sync_proxy_rules_service_changes_pending 0
`;

/** The series of kube-proxy 1.36.3 in iptables mode that nftables mode has not. */
/** As pkg/proxy/metrics of 1.20 registers them: one series for both families. */
const IPTABLES_1_20 = `kubeproxy_sync_proxy_rules_duration_seconds_sum 6.4
kubeproxy_sync_proxy_rules_duration_seconds_count 3
kubeproxy_sync_proxy_rules_endpoint_changes_pending 2
kubeproxy_sync_proxy_rules_iptables_restore_failures_total 1
kubeproxy_sync_proxy_rules_iptables_total{table="filter"} 3
kubeproxy_sync_proxy_rules_iptables_total{table="nat"} 320008
kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds 1.6e+09
kubeproxy_sync_proxy_rules_last_timestamp_seconds 1.600000001e+09
kubeproxy_sync_proxy_rules_service_changes_pending 0
`;

describe('parseProxyMetrics', () => {
  it('reads the IPv4 series where versions tell the families apart', () => {
    expect(parseProxyMetrics(NFTABLES_1_36)).toEqual({
      syncCount: 2,
      syncSumMs: expect.closeTo(65.857143, 6),
      fullSyncCount: 1,
      lastQueuedMs: expect.closeTo(1795256989002.736, 2),
      lastSyncMs: expect.closeTo(1795256989028.308, 2),
      pendingServiceChanges: 0,
      pendingEndpointChanges: 0,
      iptablesRestoreFailures: null,
      iptablesPartialRestoreFailures: null,
      nftablesSyncFailures: null,
      nftablesCleanupFailures: null,
      startedAtMs: null,
    });
  });

  it('reads the unlabelled series of older versions, and says null for what they lack', () => {
    expect(parseProxyMetrics(IPTABLES_1_20)).toMatchObject({
      syncCount: 3,
      syncSumMs: 6400,
      fullSyncCount: null,
      iptablesRestoreFailures: 1,
      pendingEndpointChanges: 2,
    });
  });
});

describe('describeUnsettled', () => {
  const settled = parseProxyMetrics(NFTABLES_1_36);
  const lastSyncMs = settled.lastSyncMs ?? Number.NaN;

  it('calls a kube-proxy settled whose last sync ended after the last change', () => {
    expect(describeUnsettled(settled, lastSyncMs - 1)).toBeNull();
  });

  it.each([
    ['has not synced yet', { ...settled, lastSyncMs: null }, 0],
    ['2 changes pending', parseProxyMetrics(IPTABLES_1_20), 0],
    ['a sync queued', { ...settled, lastQueuedMs: lastSyncMs + 1 }, 0],
    ['since the last change', settled, lastSyncMs + 1],
  ])('says that kube-proxy %s', (why, metrics, lastChangeMs) => {
    expect(describeUnsettled(metrics, lastChangeMs)).toContain(why);
  });

  it('waits for a change that was written while it ran, although a sync ended after that and nothing is pending', () => {
    const lastQueuedMs = lastSyncMs - 100;
    const metrics = { ...settled, lastQueuedMs };
    expect(describeUnsettled(metrics, lastSyncMs - 50, lastSyncMs - 5000)).toContain('has not reached kube-proxy');
    expect(describeUnsettled(metrics, lastQueuedMs - 1, lastSyncMs - 5000)).toBeNull();
    // What was in the API before it started is listed, and asks for no sync of its own.
    expect(describeUnsettled(metrics, lastSyncMs - 50, lastSyncMs - 20)).toBeNull();
  });
});
