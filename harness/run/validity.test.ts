import { expect, test } from 'vitest';
import { makeSyntheticRun } from '../analysis/testing/synthetic-run.ts';
import type { Trial } from '../model/trial.ts';
import { describeSyncs, judgeTrial, type TrialEvidence } from './validity.ts';

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

test('a rate below 99.5 % of what was asked is missed, one above is not', () => {
  expect(judge({ load: { ...load, achievedRateRps: load.requestedRateRps * 0.994 } })).toEqual(['rate-missed']);
  expect(judge({ load: { ...load, achievedRateRps: load.requestedRateRps * 0.996 } })).toEqual([]);
});

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

test('a client that was late, a stolen core and a clock step count', () => {
  expect(
    judge({ load: { ...load, requestedRateRps: 1000, achievedRateRps: 1000 } }, { latenessP99Us: 20_001 }),
  ).toEqual(['client-late']);
  expect(judge({ clockStepMs: -51 })).toEqual(['clock-step']);
  const cpuLoad = good.cpuLoad as NonNullable<Trial['cpuLoad']>;
  expect(judge({ cpuLoad: { ...cpuLoad, stealCores: 0.03 } })).toEqual(['steal']);
});

test('at a low rate a client may be as late as ten turns of it', () => {
  const slow = { load: { ...load, requestedRateRps: 50, achievedRateRps: 50 } };
  expect(judge(slow, { latenessP99Us: 200_000 })).toEqual([]);
  expect(judge(slow, { latenessP99Us: 200_001 })).toEqual(['client-late']);
});

test.each(['drop', 'earlyDrop', 'insertFailed'] as const)(
  'conntrack that counts %s during the load counts',
  (column) => {
    expect(judge({ conntrackBefore: table, conntrackAfter: { ...table, [column]: 1 } })).toEqual(['conntrack-dropped']);
    expect(judge({ conntrackBefore: { ...table, [column]: 7 }, conntrackAfter: { ...table, [column]: 7 } })).toEqual(
      [],
    );
  },
);

test('a sync that nobody asked for counts, unless the mode synchronises by its nature: then it is only told', () => {
  const syncs = [{ atMs: 1, durationMs: 812.4, kind: 'full' as const }];
  expect(judge({ syncs })).toEqual(['sync-in-trial']);
  expect(judge({ syncs }, { syncsPeriodically: true })).toEqual([]);
  expect(describeSyncs(syncs)[0]?.message).toContain('812 ms');
});

test('a capture that lost packets counts, and so do SYNs that got no answer', () => {
  const wire = good.wire as NonNullable<Trial['wire']>;
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
