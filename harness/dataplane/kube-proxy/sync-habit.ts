import { setTimeout as sleep } from 'node:timers/promises';
import type { Reason } from '../../model/reason.ts';
import type { ProxyMetrics } from './metrics.ts';

/** Syncs that kube-proxy makes without a change of ours, as seen before the first one: how many, in how long, and how long they took in the mean. */
export interface SyncHabit {
  readonly syncs: number;
  readonly overMs: number;
  readonly meanMs: number;
}

export interface HabitWatch {
  /** `null` when kube-proxy does not answer at the moment. */
  readonly read: () => Promise<ProxyMetrics | null>;
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<unknown>;
}

const PAUSE_MS = 1_000;
/** So long without a sync means that the cluster rests. What comes and goes more slowly shows in the trials. */
const QUIET_MS = 8_000;
/** A cluster that was just made (CoreDNS comes up) is quiet by then. */
const MOST_MS = 32_000;

/** Looks on until kube-proxy rests, or long enough to say that it does not: then how often it synchronises. */
export async function watchSyncs({
  read,
  now = () => performance.now(),
  pause = sleep,
}: HabitWatch): Promise<SyncHabit | null> {
  const startedMs = now();
  let last = await read();
  let quietSinceMs = startedMs;
  let syncs = 0;
  let totalMs = 0;
  while (now() - quietSinceMs < QUIET_MS) {
    if (now() - startedMs >= MOST_MS)
      return { syncs, overMs: now() - startedMs, meanMs: syncs === 0 ? 0 : totalMs / syncs };
    await pause(PAUSE_MS);
    const seen = await read();
    if (seen === null) continue;
    const more = Math.max(0, (seen.syncCount ?? 0) - (last?.syncCount ?? seen.syncCount ?? 0));
    if (more > 0) {
      quietSinceMs = now();
      syncs += more;
      totalMs += (seen.syncSumMs ?? 0) - (last?.syncSumMs ?? 0);
    }
    last = seen;
  }
  return null;
}

/** The condition as it is shown and stored. Pure. */
export function describeHabit({ syncs, overMs, meanMs }: SyncHabit, where: string): Reason {
  const everyS = (overMs / 1000 / Math.max(1, syncs)).toFixed(1);
  return {
    code: 'constant-syncs',
    message: `${where}: kube-proxy synchronises about every ${everyS} s without a change of ours (${syncs} syncs in ${(overMs / 1000).toFixed(0)} s, ${meanMs.toFixed(0)} ms each): trials hold such syncs, which is told with them, and their times include what a sync costs`,
    remedy:
      'to see whose endpoints change: kubectl get endpointslices -A --watch; for times without such syncs take --testbed kind',
  };
}
