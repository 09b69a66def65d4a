import { expect, it } from 'vitest';
import { compareCountedErrors } from './counted-errors.ts';
import { parseProxyMetrics } from './metrics.ts';

const page = (failures: number, startedS: number) =>
  parseProxyMetrics(`kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"} ${failures}
kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total{ip_family="IPv4"} 0
kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv6"} 99
process_start_time_seconds ${startedS}
`);

it('tells what failed between two readings, and nothing where nothing did', () => {
  expect(compareCountedErrors(page(2, 1.5e9), page(2, 1.5e9))).toEqual([]);
  expect(compareCountedErrors(page(2, 1.5e9), page(5, 1.5e9))).toEqual([
    {
      severity: 'error',
      source: 'nftables_sync_failures_total',
      count: 3,
      example: expect.stringContaining('syncs failed'),
    },
  ]);
});

it('tells a kube-proxy that was started anew, whose counters began at 0 again', () => {
  const errors = compareCountedErrors(page(2, 1.5e9), page(1, 1.6e9));
  expect(errors.map(({ severity, count }) => [severity, count])).toEqual([
    ['fatal', 1],
    ['error', 1],
  ]);
});
