import { describe, expect, test } from 'vitest';
import { decodeHistogram, encodeHistogram, makeHistogram, recordUs } from '../model/histogram.ts';
import { type LoadResult, type LoadSpec, loadResultSchema, loadSpecSchema } from '../model/load.ts';
import { makeSchedule } from './client/schedule.ts';
import { LoadTally } from './client/tally.ts';
import { mergeLoadResults } from './merge.ts';
import { splitSpec } from './split.ts';

const SPEC: LoadSpec = {
  engine: 'open-loop',
  targets: ['a', 'b', 'c'].map((id) => ({ id, address: '10.0.0.1', port: 80 })),
  path: '/',
  expectedBody: '',
  rateRps: 1000,
  arrivals: 'uniform',
  policy: { kind: 'per-request' },
  warmUpMs: 0,
  idleMs: 0,
  durationMs: 3000,
  localPorts: null,
  requestTimeoutMs: 1000,
  seed: 5,
};

function makeResult(spec: LoadSpec, okUs: readonly number[]): LoadResult {
  const tally = new LoadTally(spec.targets, 0);
  for (const [index, us] of okUs.entries()) {
    tally.due(index % 3, 0);
    tally.answeredBy(index % 3, `pod-${index % 3}`, true);
    tally.endOk(index % 3, { dueUs: 0, sentUs: 0, firstByteUs: us, endUs: us });
  }
  const lateness = makeHistogram();
  for (const us of okUs) recordUs(lateness, us);
  return {
    engine: 'open-loop',
    startedAtMs: 1000 - okUs.length,
    endedAtMs: 4000 + okUs.length,
    requestedRateRps: spec.rateRps,
    achievedRateRps: okUs.length / 3,
    durationMs: 3000 + okUs.length,
    targets: tally.close(),
    lateness: encodeHistogram(lateness),
    otherErrors: { EHOSTUNREACH: 1 },
    slowConnects: 1,
    synRetransmits: okUs.length,
    segmentRetransmits: 2,
    clientCpuUs: 100,
    slices: tally.slices.summarize(),
  };
}

describe('a load shared by several clients', () => {
  test('has the rate of the whole, other seeds, and every target in each part', () => {
    const shares = splitSpec(SPEC, 4);
    expect(shares.reduce((sum, share) => sum + share.spec.rateRps, 0)).toBeCloseTo(1000);
    expect(new Set(shares.map((share) => share.spec.seed)).size).toBe(4);
    for (const { spec } of shares) {
      expect(spec.targets.map((target) => target.id).toSorted()).toEqual(['a', 'b', 'c']);
      expect(loadSpecSchema.safeParse(spec).success).toBe(true);
    }
  });

  test('sends uniform arrivals as evenly as one client would', () => {
    const dueUs = splitSpec(SPEC, 3)
      .flatMap(({ spec, offsetMs }) => {
        const next = makeSchedule(spec);
        return Array.from({ length: 1000 }, () => next() + offsetMs * 1000);
      })
      .toSorted((first, second) => first - second);
    for (const [index, due] of dueUs.entries()) expect(due).toBeCloseTo(index * 1000, 3);
  });

  test('is one and the same when there is one client', () => {
    expect(splitSpec(SPEC, 1)).toEqual([{ spec: SPEC, offsetMs: 0 }]);
    const result = makeResult(SPEC, [100]);
    expect(mergeLoadResults([result], 'one-namespace')).toBe(result);
  });

  test('adds up to one valid result, targets found by id and not by place', () => {
    const [first, second] = splitSpec(SPEC, 2);
    if (first === undefined || second === undefined) throw new Error('two shares expected');
    const parts = [makeResult(first.spec, [100, 200, 300]), makeResult(second.spec, [1000])];
    const whole = mergeLoadResults(parts, 'own-namespaces');
    expect(loadResultSchema.safeParse(whole).success).toBe(true);
    expect(whole.targets.map((target) => [target.id, target.outcomes.ok, target.backends])).toEqual([
      ['a', 1, { 'pod-0': 1 }],
      ['b', 2, { 'pod-1': 1, 'pod-0': 1 }],
      ['c', 1, { 'pod-2': 1 }],
    ]);
    expect(decodeHistogram(whole.lateness).totalCount).toBe(4);
    expect(whole).toMatchObject({
      startedAtMs: 997,
      endedAtMs: 4003,
      durationMs: 3003,
      requestedRateRps: 1000,
      otherErrors: { EHOSTUNREACH: 2 },
      slowConnects: 2,
      clientCpuUs: 200,
    });
    expect(whole.slices).toEqual([
      { startMs: 0, requests: 4, errors: 0, connectP50Us: null, totalP50Us: 400, totalP99Us: 475 },
    ]);
  });

  test('does not count the retransmits of a shared namespace twice', () => {
    const parts = [makeResult(SPEC, [1, 2, 3]), makeResult(SPEC, [1])];
    expect(mergeLoadResults(parts, 'one-namespace')).toMatchObject({ synRetransmits: 3, segmentRetransmits: 2 });
    expect(mergeLoadResults(parts, 'own-namespaces')).toMatchObject({ synRetransmits: 4, segmentRetransmits: 4 });
  });

  test('cannot be merged when a client had other targets', () => {
    const other = makeResult({ ...SPEC, targets: [{ id: 'x', address: '10.0.0.1', port: 80 }] }, []);
    expect(() => mergeLoadResults([makeResult(SPEC, []), other], 'one-namespace')).toThrow('no target a');
    expect(() => mergeLoadResults([], 'one-namespace')).toThrow('no load result');
  });
});
