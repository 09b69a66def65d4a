import { describe, expect, test } from 'vitest';
import { makeSyntheticRun } from '../../analysis/testing/synthetic-run.ts';
import type { TargetLoad } from '../../model/load.ts';
import type { Trial } from '../../model/trial.ts';
import { describeConditions, judgeTrial, type TrialEvidence } from './judge.ts';

const good: Trial = (() => {
  const [trial] = makeSyntheticRun({}).trials;
  if (trial === undefined || trial.load === null) throw new Error('the synthetic run has no trial');
  const { load } = trial;
  return { ...trial, syncs: [], clockStepMs: 0, load: { ...load, achievedRateRps: load.requestedRateRps } };
})();

function judge(change: Partial<Trial>, evidence: Partial<TrialEvidence> = {}): readonly string[] {
  const trial = { ...good, ...change };
  return judgeTrial({ trial, latenessP99Us: 1500, syncsPeriodically: false, failures: [], ...evidence }).map(
    (reason) => reason.code,
  );
}

const load = good.load as NonNullable<Trial['load']>;
const table = { count: 100, max: 262_144, drop: 0, earlyDrop: 0, insertFailed: 0 };

test('a trial that went as asked has no reason against it', () => {
  expect(judge({})).toEqual([]);
});

const [target] = load.targets as [TargetLoad];
const wire = good.wire as NonNullable<Trial['wire']>;

/** A load of one target, at 1,000 requests/s. */
function loadOf(change: { readonly ok?: number; readonly badStatus?: number; readonly connections?: number }) {
  const { ok = 1000, badStatus = 0, connections = 1000 } = change;
  const outcomes = { ...target.outcomes, ok, badStatus };
  return { ...load, requestedRateRps: 1000, achievedRateRps: 1000, targets: [{ ...target, outcomes, connections }] };
}

const atRate = (requestedRateRps: number, achievedRateRps = requestedRateRps) => ({
  load: { ...load, requestedRateRps, achievedRateRps },
});

/** A loss of one entry, and of one connection of the load, of so many. */
const lostOneOf = (connections: number) => ({
  wire: null,
  load: { ...loadOf({ connections }), synRetransmits: 1 },
  conntrackBefore: table,
  conntrackAfter: { ...table, drop: 1 },
});

const unansweredOneOf = (connections: number) => ({
  wire: {
    ...wire,
    targets: wire.targets
      .slice(0, 1)
      .map((one) => ({ ...one, handshake: { ...one.handshake, count: connections - 1 }, unanswered: 1 })),
  },
});

const stolen = (stealCores: number, busyCores: number, cores: number) => ({
  cpuLoad: { ...(good.cpuLoad as NonNullable<Trial['cpuLoad']>), stealCores, busyCores, cores },
});

const throttled = (throttledPeriods: number) => ({ throttling: { periods: 1000, throttledPeriods, throttledMs: 1 } });

const LIMITS: readonly { code: string; of: string; within: Partial<Trial>; beyond: Partial<Trial> }[] = [
  { code: 'rate-missed', of: 'the rate', within: atRate(1000, 995), beyond: atRate(1000, 994.9) },
  {
    code: 'requests-failed',
    of: 'requests that do not end well',
    within: { load: loadOf({ ok: 999, badStatus: 1 }) },
    beyond: { load: loadOf({ ok: 998, badStatus: 1 }) },
  },
  {
    code: 'steal',
    of: 'stolen time of what was wanted',
    within: stolen(0.05, 0.95, 2),
    beyond: stolen(0.0501, 0.9499, 2),
  },
  { code: 'steal', of: 'stolen time of all cores', within: stolen(0.05, 0.1, 20), beyond: stolen(0.0501, 0.1, 20) },
  { code: 'clock-step', of: 'a step forward', within: { clockStepMs: 50 }, beyond: { clockStepMs: 50.1 } },
  { code: 'clock-step', of: 'a step back', within: { clockStepMs: -50 }, beyond: { clockStepMs: -50.1 } },
  { code: 'throttled', of: 'periods that a quota stopped', within: throttled(10), beyond: throttled(11) },
  { code: 'conntrack-dropped', of: 'entries that were dropped', within: lostOneOf(1000), beyond: lostOneOf(999) },
  { code: 'syn-lost', of: 'SYNs without an answer', within: unansweredOneOf(1000), beyond: unansweredOneOf(999) },
];

test.each(LIMITS)('the limit of $of ($code) holds on both sides of it', ({ code, within, beyond }) => {
  expect(judge(within)).toEqual([]);
  expect(judge(beyond)).toEqual([code]);
});

test.each([
  { rateRps: 1000, limitUs: 20_000 },
  { rateRps: 500, limitUs: 20_000 },
  { rateRps: 50, limitUs: 200_000 },
])(
  'at $rateRps requests/s a client may be $limitUs µs late, which are ten turns at the least',
  ({ rateRps, limitUs }) => {
    expect(judge(atRate(rateRps), { latenessP99Us: limitUs })).toEqual([]);
    expect(judge(atRate(rateRps), { latenessP99Us: limitUs + 1 })).toEqual(['client-late']);
  },
);

test('a saturating engine has no rate to miss', () => {
  expect(judge({ load: { ...load, engine: 'autocannon', achievedRateRps: 1 } })).toEqual([]);
});

test('more than 1 request in 1,000 that did not end well counts, and is told by kind', () => {
  const [first, ...rest] = load.targets;
  if (first === undefined) throw new Error('no target');
  const targets = [{ ...first, outcomes: { ...first.outcomes, timedOut: first.outcomes.timedOut + 100_000 } }, ...rest];
  const trial = { ...good, load: { ...load, targets } };
  const [reason] = judgeTrial({ trial, latenessP99Us: 0, syncsPeriodically: false, failures: [] });
  expect(reason?.code).toBe('requests-failed');
  expect(reason?.message).toContain('timedOut 100000');
});

test.each([
  { of: 'half a core of two, a fifth of what was wanted', stealCores: 0.5, busyCores: 2, cores: 2, judged: ['steal'] },
  { of: 'a tenth of a core where little was wanted', stealCores: 0.1, busyCores: 0.5, cores: 2, judged: ['steal'] },
  {
    of: 'as much of 64 cores as nearly all that was wanted',
    stealCores: 0.5,
    busyCores: 0.5,
    cores: 64,
    judged: ['steal'],
  },
  { of: 'a little beside much work', stealCores: 0.05, busyCores: 1.9, cores: 2, judged: [] },
  { of: 'some hundredths of one of 64 cores', stealCores: 0.03, busyCores: 0.2, cores: 64, judged: [] },
  { of: 'nothing of an idle machine', stealCores: 0, busyCores: 0, cores: 1, judged: [] },
])('the hypervisor took $of: $judged', ({ stealCores, busyCores, cores, judged }) => {
  const cpuLoad = good.cpuLoad as NonNullable<Trial['cpuLoad']>;
  expect(judge({ cpuLoad: { ...cpuLoad, stealCores, busyCores, cores } })).toEqual(judged);
});

const tell = (change: Partial<Trial>, syncsPeriodically = false) =>
  describeConditions({ trial: { ...good, ...change }, latenessP99Us: 0, syncsPeriodically, failures: [] });

describe.each(['drop', 'earlyDrop', 'insertFailed'] as const)('where conntrack of the node counts %s', (column) => {
  const counted = { conntrackBefore: { ...table, [column]: 5 }, conntrackAfter: { ...table, [column]: 25 } };

  test('and no connection of the load was touched, the trial is valid and told', () => {
    expect(judge(counted)).toEqual([]);
    expect(judge({ ...counted, wire: null })).toEqual([]);
    expect(tell(counted).map(({ code }) => code)).toEqual(['conntrack-lost-others']);
  });

  test('and as many connections of the load sent their SYN again, it is not', () => {
    const trial = { ...counted, wire: null, load: { ...load, synRetransmits: 20 } };
    expect(judge(trial)).toEqual(['conntrack-dropped']);
    expect(tell(trial)).toEqual([]);
  });

  test('and requests timed out on connections that were kept, it is not', () => {
    const targets = load.targets.map((one) => ({ ...one, outcomes: { ...one.outcomes, timedOut: 2 } }));
    expect(judge({ ...counted, load: { ...load, targets } })).toContain('conntrack-dropped');
  });

  test('nothing is said of what it had counted before', () => {
    expect(judge({ conntrackBefore: counted.conntrackAfter, conntrackAfter: counted.conntrackAfter })).toEqual([]);
    expect(tell({ conntrackBefore: counted.conntrackAfter, conntrackAfter: counted.conntrackAfter })).toEqual([]);
  });
});

test('a full conntrack table has another remedy than a race for an entry', () => {
  const remedyAt = (count: number) =>
    judgeTrial({
      trial: {
        ...good,
        wire: null,
        load: { ...load, synRetransmits: 100 },
        conntrackBefore: table,
        conntrackAfter: { ...table, count, drop: 100 },
      },
      latenessP99Us: 0,
      syncsPeriodically: false,
      failures: [],
    })[0]?.remedy;
  expect(remedyAt(262_144)).toContain('raise net.netfilter.nf_conntrack_max');
  expect(remedyAt(10)).toContain('not full');
});

test('a sync that nobody asked for counts, with its length, and is told where kube-proxy synchronises by itself', () => {
  const syncs = [{ atMs: 1, durationMs: 812.4, kind: 'full' as const }];
  const [reason] = judgeTrial({
    trial: { ...good, syncs },
    latenessP99Us: 0,
    syncsPeriodically: false,
    failures: [],
  });
  expect(reason?.code).toBe('sync-in-trial');
  expect(reason?.message).toContain('812 ms');
  expect(tell({ syncs })).toEqual([]);
  expect(judge({ syncs }, { syncsPeriodically: true })).toEqual([]);
  expect(tell({ syncs }, true).map(({ code }) => code)).toEqual(['sync-in-trial']);
  expect(tell({ syncs: [] }, true)).toEqual([]);
});

test('a capture that lost packets counts, and so do SYNs that got no answer', () => {
  expect(judge({ wire: { ...wire, droppedPackets: 1 } })).toEqual(['capture-dropped']);
  const targets = wire.targets.map((target) => ({ ...target, unanswered: target.handshake.count }));
  expect(judge({ wire: { ...wire, targets } })).toEqual(['syn-lost']);
});

test('what failed beside the trial comes first', () => {
  const ended = { code: 'backend-ended', message: 'NGINX backend-3 ended by itself', remedy: 'read its log' };
  expect(judge({ clockStepMs: 99 }, { failures: [ended] })).toEqual(['backend-ended', 'clock-step']);
});

test('a trial whose load was lost is judged by what failed', () => {
  expect(judge({ load: null, wire: null, cpuLoad: null }, { latenessP99Us: null })).toEqual([]);
});

test('errors of kube-proxy are told beside its mode, and one that ended makes the trial invalid', () => {
  const error = { severity: 'error', source: 'proxier.go:991', count: 3, example: 'Failed to list' } as const;
  expect(judge({ proxyErrors: [error] })).toEqual([]);
  expect(judge({ proxyErrors: [{ ...error, severity: 'fatal' }, error] })).toEqual(['kube-proxy-ended']);
});

test('periods in which a CPU quota stopped something make a trial invalid, a few are told, and without a quota there is nothing to tell', () => {
  const throttling = { periods: 1000, throttledPeriods: 11, throttledMs: 700 };
  expect(judge({ throttling })).toEqual(['throttled']);
  const few = { ...throttling, throttledPeriods: 9 };
  expect(judge({ throttling: few })).toEqual([]);
  const told = (change: Partial<Trial>) =>
    describeConditions({ trial: { ...good, ...change }, latenessP99Us: 0, syncsPeriodically: false, failures: [] });
  expect(told({ throttling: few }).map(({ code }) => code)).toEqual(['throttled']);
  expect(told({ throttling: { ...few, throttledPeriods: 0 } })).toEqual([]);
});
