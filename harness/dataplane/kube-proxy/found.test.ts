import { describe, expect, it } from 'vitest';
import { NodeProxy, requireProxyMode } from './found.ts';

/** Lines as kube-proxy 1.20.2 gives them at /metrics (read from a kind node). */
function page(state: { syncs: number; sumS: number; lastS: number; queuedS: number; pending?: number }): string {
  return [
    `kubeproxy_sync_proxy_rules_duration_seconds_sum ${state.sumS}`,
    `kubeproxy_sync_proxy_rules_duration_seconds_count ${state.syncs}`,
    `kubeproxy_sync_proxy_rules_endpoint_changes_pending ${state.pending ?? 0}`,
    'kubeproxy_sync_proxy_rules_service_changes_pending 0',
    `kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds ${state.queuedS}`,
    `kubeproxy_sync_proxy_rules_last_timestamp_seconds ${state.lastS}`,
    'kubernetes_build_info{build_date="1970-01-01T00:00:00Z",compiler="gc",git_version="v1.20.2",major="1"} 1',
    '',
  ].join('\n');
}

function scripted(pages: readonly (string | Error)[]): NodeProxy {
  let asked = 0;
  return new NodeProxy(async () => {
    const next = pages[Math.min(asked, pages.length - 1)];
    asked += 1;
    if (next instanceof Error) throw next;
    return next ?? '';
  }, new AbortController().signal);
}

describe('kube-proxy as its pages tell', () => {
  it('is not settled before its last sync is newer than the last change, nor while anything is pending', async () => {
    const proxy = scripted([
      page({ syncs: 1, sumS: 0.1, lastS: 100, queuedS: 99 }),
      page({ syncs: 2, sumS: 0.3, lastS: 120, queuedS: 119, pending: 4 }),
      page({ syncs: 3, sumS: 0.5, lastS: 130, queuedS: 129 }),
    ]);
    expect(await proxy.unsettled(110_000)).toMatch(/not synced since the last change/);
    expect(await proxy.unsettled(110_000)).toMatch(/4 changes pending/);
    expect(await proxy.unsettled(110_000)).toBeNull();
  });

  it('stays settled when its clock is set back and it synchronises by itself, until something new is queued', async () => {
    const before = page({ syncs: 3, sumS: 0.5, lastS: 130, queuedS: 129 });
    const setBack = { syncs: 4, sumS: 0.6, lastS: 100, queuedS: 129 };
    const proxy = scripted([
      before,
      page(setBack),
      page({ ...setBack, pending: 1 }),
      page({ ...setBack, queuedS: 101 }),
      page({ syncs: 5, sumS: 0.7, lastS: 102, queuedS: 101 }),
    ]);
    expect(await proxy.unsettled(110_000)).toBeNull();
    expect(await proxy.unsettled(0)).toBeNull();
    expect(await proxy.unsettled(0)).toMatch(/1 changes pending/);
    expect(await proxy.unsettled(0)).toMatch(/a sync queued/);
    expect(await proxy.unsettled(0)).toBeNull();
  });

  it('is not settled for a new change by what it said of the one before', async () => {
    const proxy = scripted([page({ syncs: 3, sumS: 0.5, lastS: 130, queuedS: 129 })]);
    expect(await proxy.unsettled(110_000)).toBeNull();
    expect(await proxy.unsettled(140_000)).toMatch(/not synced since the last change/);
  });

  it('has a sync for each that was counted between two readings, with their mean duration, and none before the first', async () => {
    const proxy = scripted([
      page({ syncs: 10, sumS: 5, lastS: 100, queuedS: 99 }),
      page({ syncs: 12, sumS: 5.6, lastS: 130, queuedS: 129 }),
      page({ syncs: 12, sumS: 5.6, lastS: 130, queuedS: 129 }),
    ]);
    await proxy.metrics();
    expect(proxy.syncsBetween(0, 1e9)).toEqual([]);
    await proxy.metrics();
    await proxy.metrics();
    const syncs = proxy.syncsBetween(0, 1e9);
    expect(syncs.map(({ atMs }) => atMs)).toEqual([130_000, 130_000]);
    expect(syncs[0]?.durationMs).toBeCloseTo(300);
    expect(proxy.syncsBetween(0, 129_999)).toEqual([]);
  });

  it('tells what its counters say of failures once, and a start anew with the syncs since then', async () => {
    const first = page({ syncs: 10, sumS: 5, lastS: 100, queuedS: 99 });
    const failed = (count: number) => `kubeproxy_sync_proxy_rules_iptables_restore_failures_total ${count}\n`;
    const proxy = scripted([
      `${first}${failed(1)}process_start_time_seconds 1.5e+09\n`,
      `${first}${failed(3)}process_start_time_seconds 1.5e+09\n`,
      `${page({ syncs: 2, sumS: 0.2, lastS: 150, queuedS: 149 })}process_start_time_seconds 1.6e+09\n`,
    ]);
    await proxy.metrics();
    expect(proxy.takeErrors()).toEqual([]);
    await proxy.metrics();
    expect(proxy.takeErrors().map(({ source, count }) => [source, count])).toEqual([
      ['iptables_restore_failures_total', 2],
    ]);
    expect(proxy.takeErrors()).toEqual([]);
    await proxy.metrics();
    expect(proxy.takeErrors().map(({ severity }) => severity)).toEqual(['fatal']);
    expect(proxy.syncsBetween(0, 1e9)).toHaveLength(2);
  });

  it('tells the version that runs', async () => {
    const proxy = scripted([page({ syncs: 1, sumS: 0.1, lastS: 100, queuedS: 99 })]);
    await proxy.metrics();
    expect(proxy.version).toBe('1.20.2');
  });

  it('has no configuration to show where the page is missing', async () => {
    expect(await scripted([new Error('404')]).configz()).toBeNull();
    expect(await scripted(['404 page not found\n']).configz()).toBeNull();
  });

  it('is refused when it runs another mode than it was asked for, as 1.20 does with ipvs on a kernel without ip_vs', () => {
    expect(() => requireProxyMode('ipvs', 'iptables', 'srb-worker')).toThrow(/asked for ipvs mode and runs iptables/);
    expect(() => requireProxyMode('iptables', 'iptables', 'srb-worker')).not.toThrow();
  });
});
