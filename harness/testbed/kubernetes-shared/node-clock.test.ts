import { describe, expect, it } from 'vitest';
import { describeUnsettled, type ProxyMetrics } from '../../dataplane/kube-proxy/metrics.ts';
import { askClock, clockOffset, earliestNodeTimeMs } from './node-clock.ts';

/** kube-proxy that took a change up 50 ms after it was written and synchronised in 100 ms, by its node's clock. */
function synced(changeMs: number): ProxyMetrics {
  return {
    syncCount: 9,
    syncSumMs: 900,
    fullSyncCount: null,
    lastQueuedMs: changeMs + 50,
    lastSyncMs: changeMs + 150,
    pendingServiceChanges: 0,
    pendingEndpointChanges: 0,
    iptablesRestoreFailures: null,
    iptablesPartialRestoreFailures: null,
    nftablesSyncFailures: null,
    nftablesCleanupFailures: null,
    startedAtMs: null,
  };
}

const CHANGE_MS = 5_000;
const TRIP_MS = 40;
/** What a node's clock, so far ahead, answers in the middle of a question that is asked `laterMs` after the change. */
function ask(aheadMs: number, laterMs: number) {
  const askedMs = CHANGE_MS + laterMs;
  return { askedMs, answeredMs: askedMs + TRIP_MS, wallMs: askedMs + TRIP_MS / 2 + aheadMs };
}

describe.each([0, -20, -700, 800, -999, 1_500, -3_600_000, 3_600_000, -1.7e12])(
  "with a node's clock %d ms ahead",
  (aheadMs) => {
    const byNode = CHANGE_MS + aheadMs;

    it.each([0, 5, 2_000])(
      'a sync after the change settles, whatever time passed until the clock was asked (%d ms)',
      (laterMs) => {
        const lastChangeMs = earliestNodeTimeMs(CHANGE_MS, ask(aheadMs, laterMs));
        expect(describeUnsettled(synced(byNode), lastChangeMs)).toBeNull();
        // The earliest moment is never later than the true one, nor earlier by more than the asking leaves open.
        expect(lastChangeMs).toBeLessThanOrEqual(byNode);
        expect(lastChangeMs).toBeGreaterThanOrEqual(byNode - TRIP_MS);
      },
    );

    it('a sync from before the change does not', () => {
      const lastChangeMs = earliestNodeTimeMs(CHANGE_MS, ask(aheadMs, 0));
      expect(describeUnsettled(synced(byNode - 1_000), lastChangeMs)).toContain('not synced since the last change');
    });
  },
);

it('of several answers the one that came fastest counts', async () => {
  const waits = [30, 0, 30];
  const { askedMs, answeredMs, wallMs } = await askClock(async () => {
    const wait = waits.shift() ?? 0;
    await new Promise((resolve) => setTimeout(resolve, wait));
    return wait;
  });
  expect(wallMs).toBe(0);
  expect(answeredMs - askedMs).toBeLessThan(25);
});

it('a difference is told with how far it can be wrong', () => {
  const answer = { askedMs: 100, answeredMs: 140, wallMs: 1_000_000 };
  expect(clockOffset(answer, 900_000)).toEqual({ offsetMs: 100_020, uncertaintyMs: 20 });
});
