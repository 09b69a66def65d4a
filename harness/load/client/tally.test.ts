import { describe, expect, test } from 'vitest';
import { decodeHistogram, quantileUs } from '../../model/histogram.ts';
import { targetLoadSchema } from '../../model/load.ts';
import { isSlowConnect, LoadTally } from './tally.ts';

const TARGETS = [
  { id: 'a', address: '10.0.0.1', port: 80 },
  { id: 'b', address: '10.0.0.2', port: 80 },
];
const START_US = 5_000_000;

describe('the account of a load phase', () => {
  test('refuses to close while a request that was due has not ended', () => {
    const tally = new LoadTally(TARGETS, START_US);
    tally.due(1, START_US);
    expect(() => tally.close()).toThrow('b: 1 requests were due, 0 ended');
    tally.endBadly(1, 'timedOut', START_US, null);
    expect(tally.close().map((target) => target.outcomes.timedOut)).toEqual([0, 1]);
  });

  test('refuses to close when a request ended twice', () => {
    const tally = new LoadTally(TARGETS, START_US);
    tally.due(0, START_US);
    tally.endBadly(0, 'reset', START_US, null);
    tally.endBadly(0, 'refused', START_US, null);
    expect(() => tally.close()).toThrow('a: 1 requests were due, 2 ended');
  });

  test('keeps times from sending and from due apart, each in its histogram', () => {
    const tally = new LoadTally(TARGETS, START_US);
    const exchange = { dueUs: START_US, sentUs: START_US + 700, firstByteUs: START_US + 900, endUs: START_US + 950 };
    tally.due(0, exchange.dueUs);
    tally.sentAt(exchange.dueUs, exchange.sentUs);
    tally.connected(0, exchange, START_US + 800);
    tally.endOk(0, exchange);
    const [a, b] = tally.close();
    const p50 = Object.fromEntries(
      Object.entries(a?.times ?? {}).map(([name, stored]) => [
        name,
        Math.round(quantileUs(decodeHistogram(stored), 0.5)),
      ]),
    );
    expect(p50).toEqual({
      connect: 100,
      firstByte: 200,
      total: 250,
      connectFromDue: 800,
      firstByteFromDue: 900,
      totalFromDue: 950,
    });
    expect(b?.times.total.count).toBe(0);
    expect(Math.round(quantileUs(decodeHistogram(tally.encodeLateness()), 0.5))).toBe(700);
    for (const target of [a, b]) expect(() => targetLoadSchema.parse(target)).not.toThrow();
  });

  test('names what failed by its code', () => {
    const tally = new LoadTally(TARGETS, START_US);
    for (const code of ['EHOSTUNREACH', 'EADDRNOTAVAIL', 'EHOSTUNREACH']) {
      tally.due(0, START_US);
      tally.endBadly(0, 'failed', START_US, code);
    }
    expect(Object.fromEntries(tally.otherErrors)).toEqual({ EHOSTUNREACH: 2, EADDRNOTAVAIL: 1 });
  });

  test('puts a request into the second in which it was due, whenever it ends', () => {
    const tally = new LoadTally(TARGETS, START_US);
    const dueUs = START_US + 1_900_000;
    tally.due(0, dueUs);
    tally.endOk(0, { dueUs, sentUs: dueUs, firstByteUs: dueUs + 3_000_000, endUs: dueUs + 3_000_000 });
    tally.due(0, START_US);
    tally.endBadly(0, 'reset', START_US, null);
    expect(tally.slices.summarize()).toEqual([
      { startMs: 0, requests: 1, errors: 1, connectP50Us: null, totalP50Us: null, totalP99Us: null },
      { startMs: 1000, requests: 1, errors: 0, connectP50Us: null, totalP50Us: 3_000_000, totalP99Us: 3_000_000 },
    ]);
  });

  test('knows a connect that lost its first or its first two SYNs', () => {
    expect([200, 899_000, 1_003_000, 1_500_000, 3_010_000, 3_400_000].map(isSlowConnect)).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  test('counts a backend once per answer, and once per connection at its first answer', () => {
    const tally = new LoadTally(TARGETS, START_US);
    tally.answeredBy(0, 'pod-1', true);
    tally.answeredBy(0, 'pod-1', false);
    tally.answeredBy(0, null, true);
    expect(tally.close()[0]).toMatchObject({ backends: { 'pod-1': 2 }, connectionBackends: { 'pod-1': 1 } });
  });
});
