import type { CpuUse, Sync } from '../../model/counters.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import type { Reason } from '../../model/reason.ts';
import type { Trial } from '../../model/trial.ts';

/** Limits beyond which a trial is kept but counts as invalid. One place, shown in the report. */
const VALIDITY_LIMITS = {
  /** Achieved over requested rate. */
  minRateRatio: 0.995,
  /** Requests that did not end ok, of all that were due. */
  maxErrorRatio: 0.001,
  /** CPU time that the hypervisor took, of all that was wanted (used and stolen): so likely does what runs wait for its core. */
  maxStealOfWanted: 0.05,
  /** And of all cores: on 64 of them, a few hundredths of one are none of ours. A trial must pass both limits to be invalid. */
  maxStealOfCores: 0.0025,
  /** Lateness of the client: its p99 over this is a client that could not keep up. */
  maxLatenessP99Us: 20_000,
  /** So many turns of the rate may a request leave late where they are longer than that: at 50/s 200 ms, where the 20 ms at 1,000/s are 20 turns. */
  maxLatenessTurns: 10,
  /** Wall clock against monotonic clock over the trial. */
  maxClockStepMs: 50,
  /** Periods in which a CPU quota stopped something, of all: whatever waits then waits for the rest of a period (100 ms as a rule). */
  maxThrottledPeriods: 0.01,
  /** SYNs without an answer or sent twice, of all connections. */
  maxSynLossRatio: 0.001,
} as const;

export interface TrialEvidence {
  readonly trial: Omit<Trial, 'valid' | 'invalid'>;
  readonly latenessP99Us: number | null;
  /** kube-proxy synchronises without a change of ours: by its nature (ipvs, every 30 s), or because the cluster lives. Such a pass belongs to what is measured and is only told. */
  readonly syncsPeriodically: boolean;
  /** Failures seen beside the trial's own data: a backend that ended, a client that was lost. */
  readonly failures: readonly Reason[];
}

/** Why a trial must not enter the findings; empty when it is valid. Pure: everything it judges is in the trial itself. */
export function judgeTrial(evidence: TrialEvidence): Reason[] {
  const { trial } = evidence;
  return [
    ...evidence.failures,
    ...judgeLoad(trial),
    ...judgeLateness(evidence.latenessP99Us, trial.load?.requestedRateRps ?? null),
    ...judgeConntrack(trial),
    ...judgeSteal(trial.cpuLoad),
    ...(isThrottled(trial) ? describeThrottling(trial) : []),
    ...(evidence.syncsPeriodically ? [] : judgeSyncs(trial.syncs)),
    ...judgeProxy(trial.proxyErrors ?? []),
    ...judgeClock(trial.clockStepMs),
    ...judgeWire(trial),
  ];
}

/** Errors are told beside the mode; a kube-proxy that ended has left its rules to nobody. */
function judgeProxy(errors: readonly ProxyErrors[]): Reason[] {
  return errors
    .filter(({ severity }) => severity === 'fatal')
    .map(({ example }) => ({
      code: 'kube-proxy-ended',
      message: `kube-proxy ended since the mode's trial before: ${example}`,
      remedy: "read kube-proxy's log; measure again when it keeps running",
    }));
}

function judgeLoad(trial: TrialEvidence['trial']): Reason[] {
  const { load } = trial;
  if (load === null) return [];
  const reasons: Reason[] = [];
  const ratio = load.achievedRateRps / load.requestedRateRps;
  if (load.engine !== 'autocannon' && ratio < VALIDITY_LIMITS.minRateRatio) {
    reasons.push({
      code: 'rate-missed',
      message: `${load.achievedRateRps.toFixed(1)} of ${load.requestedRateRps} requests/s were sent (${(ratio * 100).toFixed(1)} %)`,
      remedy: 'lower --rate, or free the machine of other work',
    });
  }
  const totals = load.targets.map((target) => target.outcomes);
  const ok = totals.reduce((sum, one) => sum + one.ok, 0);
  const all = totals.reduce((sum, one) => sum + Object.values(one).reduce((a, b) => a + b, 0), 0);
  if (all === 0 || (all - ok) / all > VALIDITY_LIMITS.maxErrorRatio) {
    reasons.push({
      code: 'requests-failed',
      message: `${all - ok} of ${all} requests did not end well (${formatOutcomes(totals)})`,
      remedy: 'see the outcomes in the journal and the logs of NGINX and kube-proxy',
    });
  }
  return reasons;
}

function formatOutcomes(totals: readonly Readonly<Record<string, number>>[]): string {
  const sums = new Map<string, number>();
  for (const one of totals)
    for (const [name, count] of Object.entries(one)) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums]
    .filter(([name, count]) => name !== 'ok' && count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function judgeLateness(latenessP99Us: number | null, rateRps: number | null): Reason[] {
  if (latenessP99Us === null || rateRps === null) return [];
  const turnsUs = (VALIDITY_LIMITS.maxLatenessTurns * 1e6) / rateRps;
  if (latenessP99Us <= Math.max(VALIDITY_LIMITS.maxLatenessP99Us, turnsUs)) return [];
  return [
    {
      code: 'client-late',
      message: `1 % of the requests left more than ${(latenessP99Us / 1000).toFixed(1)} ms late: the client did not keep up`,
      remedy: 'lower --rate, or free the machine of other work',
    },
  ];
}

/** What a valid trial was taken beside: told with it, and no reason against it. Pure. */
export function describeConditions({ trial, syncsPeriodically }: TrialEvidence): Reason[] {
  const conditions: Reason[] = isThrottled(trial) ? [] : describeThrottling(trial);
  if (syncsPeriodically && trial.syncs.length > 0)
    conditions.push({
      code: 'sync-in-trial',
      // Without numbers, so that many trials have one warning: every sync is in the journal.
      message: 'kube-proxy synchronised during the trial, as it does here without a change of ours',
      remedy: 'nothing: what a sync costs is part of the times',
    });
  if (conntrackLosses(trial) > 0 && judgeConntrack(trial).length === 0)
    conditions.push({
      code: 'conntrack-lost-others',
      message:
        'conntrack of the node dropped or failed to insert entries, and hardly a connection of the load was lost or sent its SYN again',
      remedy: 'nothing: mostly DNS, whose two questions at once race for one entry',
    });
  return conditions;
}

/** Entries that conntrack of the whole node lost during the load, whoever's they were. */
function conntrackLosses({ conntrackBefore: before, conntrackAfter: after }: TrialEvidence['trial']): number {
  if (before === null || after === null) return 0;
  return after.drop - before.drop + (after.earlyDrop - before.earlyDrop) + (after.insertFailed - before.insertFailed);
}

/** Connections of the load that a lost packet delayed or ended: on the wire where it was captured, else as the client's kernel counts. */
function ownLosses({ load, wire }: TrialEvidence['trial']): { readonly lost: number; readonly connections: number } {
  const connections = load?.targets.reduce((sum, one) => sum + one.connections, 0) ?? 0;
  const resent =
    wire === null
      ? (load?.synRetransmits ?? 0)
      : wire.targets.reduce((sum, target) => sum + target.retransmitted.count + target.unanswered, 0);
  const ended = load?.targets.reduce((sum, { outcomes }) => sum + outcomes.timedOut + outcomes.reset, 0) ?? 0;
  return { lost: resent + ended, connections };
}

/** The counters are the whole node's: a loss counts as ours as far as connections of the load were lost or sent their SYN again. */
function judgeConntrack(trial: TrialEvidence['trial']): Reason[] {
  const losses = conntrackLosses(trial);
  const { lost, connections } = ownLosses(trial);
  const ours = Math.min(losses, lost);
  if (ours === 0 || ours / Math.max(1, connections) <= VALIDITY_LIMITS.maxSynLossRatio) return [];
  const { count = 0, max = 0 } = trial.conntrackAfter ?? {};
  return [
    {
      code: 'conntrack-dropped',
      message: `conntrack dropped or failed to insert ${losses} entries (${count} of ${max} in use), and ${lost} of ${connections} connections of the load were lost or sent their SYN again`,
      remedy:
        count > max / 2
          ? 'raise net.netfilter.nf_conntrack_max on the host, or lower --rate'
          : 'the table is not full: look for two connections that race for one entry (conntrack -S), or lower --rate',
    },
  ];
}

function judgeSteal(load: CpuUse | null): Reason[] {
  if (load === null) return [];
  const { stealCores, busyCores, cores = 1 } = load;
  const ofWanted = stealCores / (busyCores + stealCores);
  if (!(ofWanted > VALIDITY_LIMITS.maxStealOfWanted && stealCores / cores > VALIDITY_LIMITS.maxStealOfCores)) return [];
  return [
    {
      code: 'steal',
      message: `the hypervisor took ${(stealCores * 100).toFixed(1)} % of a core away, ${(ofWanted * 100).toFixed(1)} % of the CPU time that was wanted`,
      remedy: 'measure on a machine whose cores are its own',
    },
  ];
}

/** A sync that nobody asked for. */
function judgeSyncs(syncs: readonly Sync[]): Reason[] {
  if (syncs.length === 0) return [];
  const longestMs = Math.max(...syncs.map((sync) => sync.durationMs));
  return [
    {
      code: 'sync-in-trial',
      message: `kube-proxy synchronised ${syncs.length} time(s) during the trial (longest ${longestMs.toFixed(0)} ms)`,
      remedy: 'nothing: it is kept for the chart over time and left out of the estimates',
    },
  ];
}

function isThrottled({ throttling }: TrialEvidence['trial']): boolean {
  if (throttling === undefined) return false;
  return throttling.throttledPeriods > VALIDITY_LIMITS.maxThrottledPeriods * throttling.periods;
}

/** What a CPU quota stopped: too much of it makes the trial invalid, a little is told. */
function describeThrottling({ throttling }: TrialEvidence['trial']): Reason[] {
  if (throttling === undefined || throttling.throttledPeriods === 0) return [];
  const { periods, throttledPeriods, throttledMs } = throttling;
  return [
    {
      code: 'throttled',
      message: `the CPU quota stopped the measurement in ${throttledPeriods} of ${periods} periods (${throttledMs.toFixed(0)} ms of CPU time were waited for)`,
      remedy: 'give the container more CPU, or whole cores of its own instead of a quota, or lower --rate',
    },
  ];
}

function judgeClock(clockStepMs: number): Reason[] {
  if (Math.abs(clockStepMs) <= VALIDITY_LIMITS.maxClockStepMs) return [];
  return [
    {
      code: 'clock-step',
      message: `the wall clock moved ${clockStepMs.toFixed(0)} ms against the monotonic one`,
      remedy: 'stop whatever sets the clock while it measures',
    },
  ];
}

function judgeWire(trial: TrialEvidence['trial']): Reason[] {
  const { wire } = trial;
  if (wire === null) return [];
  if (wire.droppedPackets > 0) {
    return [
      {
        code: 'capture-dropped',
        message: `the packet capture lost ${wire.droppedPackets} packets`,
        remedy: 'free the machine of other work, or measure with --no-wire',
      },
    ];
  }
  const good = wire.targets.reduce((sum, target) => sum + target.handshake.count, 0);
  const bad = wire.targets.reduce((sum, target) => sum + target.retransmitted.count + target.unanswered, 0);
  if (bad === 0 || bad / (good + bad) <= VALIDITY_LIMITS.maxSynLossRatio) return [];
  return [
    {
      code: 'syn-lost',
      message: `${bad} of ${good + bad} connections sent their SYN more than once or got no answer`,
      remedy: 'see dropped packets and the listen backlog on the server side',
    },
  ];
}
