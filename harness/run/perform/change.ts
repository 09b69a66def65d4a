import { setTimeout as sleep } from 'node:timers/promises';
import { readClocks } from '../../load/clocks.ts';
import type { ChangeLatency } from '../../model/target.ts';
import { patientMs } from '../../system/patience.ts';
import type { PerformOnce } from './perform.ts';

const CONNECT_DEADLINE_MS = 120_000;
/** A change at a large size may take the data plane as long as the whole table. */
export const CHANGE_DEADLINE_MS = 20 * 60_000;

/**
 * From the write into the API to the first connection that the changed rules carry. The first target loses all its endpoints (its connections are refused then), kube-proxy settles, the endpoints come
 * back: the clock runs from that write to the first connect that works. Two syncs at least: emulated they take minutes at a large size.
 */
export const performChange: PerformOnce<ChangeLatency> = async (node, kind, { scenario, isSlow }) => {
  const { services, prober } = node;
  const [target] = node.loadTargets;
  const isSmallest = node.sizeServices === scenario.sizesServices[0];
  if (services === null || target === undefined || prober.waitForConnection === undefined) return null;
  if (kind !== 'endpoints-changed' || (isSlow && !isSmallest)) return null;
  services.setEndpoints(target.id, []);
  await node.waitUntilSettled(CHANGE_DEADLINE_MS);
  const waiting = prober.waitForConnection(target, CONNECT_DEADLINE_MS);
  // The probe's own start-up must be over before the write, or it would be counted.
  await sleep(patientMs(400));
  const written = services.setEndpoints(target.id, services.backends);
  const connectedAtMs = await waiting;
  await node.waitUntilSettled(CHANGE_DEADLINE_MS);
  const writtenAtMs = written.monotonicMs + processStartMs();
  if (connectedAtMs === null || connectedAtMs < writtenAtMs) return null;
  return { kind, apiWriteToFirstConnectionMs: connectedAtMs - writtenAtMs };
};

/** By CLOCK_MONOTONIC, which performance.now() counts from this process's start. */
function processStartMs(): number {
  return readClocks().monotonicMs - performance.now();
}
