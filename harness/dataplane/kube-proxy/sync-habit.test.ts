import { describe, expect, it } from 'vitest';
import { parseProxyMetrics } from './metrics.ts';
import { describeHabit, watchSyncs } from './sync-habit.ts';

/** kube-proxy that synchronised at these moments, ms, and takes 50 ms each; the clock is the test's. */
function watch(syncsAtMs: readonly number[], silentAtMs: readonly number[] = []) {
  let timeMs = 0;
  const read = async () => {
    if (silentAtMs.includes(timeMs)) return null;
    const syncs = 10 + syncsAtMs.filter((atMs) => atMs <= timeMs).length;
    const lines = [
      `kubeproxy_sync_proxy_rules_duration_seconds_count ${syncs}`,
      `kubeproxy_sync_proxy_rules_duration_seconds_sum ${syncs * 0.05}`,
    ];
    return parseProxyMetrics(`${lines.join('\n')}\n`);
  };
  const pause = async (ms: number) => {
    timeMs += ms;
  };
  return watchSyncs({ read, pause, now: () => timeMs }).then((habit) => ({ habit, lookedMs: timeMs }));
}

const every = (periodMs: number) => Array.from({ length: 100 }, (_, index) => (index + 1) * periodMs);

describe('before the first trial', () => {
  it('a cluster that rests has no habit, and is looked at for some seconds', async () => {
    expect(await watch([])).toEqual({ habit: null, lookedMs: 8_000 });
  });

  it.each([500, 2_000, 4_000, 7_000])('one that synchronises every %d ms has', async (periodMs) => {
    const { habit, lookedMs } = await watch(every(periodMs));
    expect(lookedMs).toBeLessThanOrEqual(32_000);
    const seenMs = (habit?.overMs ?? 0) / (habit?.syncs ?? 0);
    expect(Math.abs(seenMs - periodMs)).toBeLessThan(periodMs * 0.2);
    expect(habit?.meanMs).toBeCloseTo(50);
  });

  it('CoreDNS that comes up, twice, is waited for and is none', async () => {
    expect(await watch([1_500, 6_000, 12_000])).toEqual({ habit: null, lookedMs: 20_000 });
  });

  it('a page that does not answer for a moment changes nothing', async () => {
    expect((await watch(every(2_000), [5_000, 6_000])).habit?.syncs).toBeGreaterThan(10);
  });

  it('the condition is told with its numbers and where', () => {
    const { message } = describeHabit({ syncs: 16, overMs: 32_000, meanMs: 61 }, 'context kind-kp');
    expect(message).toMatch(/context kind-kp: .* about every 2\.0 s .*\(16 syncs in 32 s, 61 ms each\)/);
  });
});
