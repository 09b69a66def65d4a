import { expect, test } from 'vitest';
import { LocalPorts, splitPorts } from './local-ports.ts';

const RANGE = { first: 1024, last: 65535 };

test('no two targets ever get the same port, and all stay in the range', () => {
  const ports = new LocalPorts({ range: RANGE, targets: 10, ratePerS: 1000, nowMs: 123_456_789 });
  const taken = Array.from(
    { length: 10 },
    (_, target) => new Set(Array.from({ length: 7000 }, () => ports.next(target))),
  );
  // Disjoint: together they hold as many as one by one.
  expect(new Set(taken.flatMap((mine) => [...mine])).size).toBe(10 * 6451);
  for (const mine of taken) {
    expect(mine.size).toBe(6451);
    expect(Math.min(...mine)).toBeGreaterThanOrEqual(1024);
    expect(Math.max(...mine)).toBeLessThanOrEqual(65535);
  }
});

test('a port comes again only after the whole round', () => {
  const ports = new LocalPorts({ range: RANGE, targets: 1, ratePerS: 1000, nowMs: 0 });
  const first = ports.next(0);
  for (let taken = 1; taken < 64_512; taken += 1) expect(ports.next(0)).not.toBe(first);
  expect(ports.next(0)).toBe(first);
});

test('the next client begins where this one will have stood by then', () => {
  const make = (nowMs: number) => new LocalPorts({ range: RANGE, targets: 10, ratePerS: 1000, nowMs });
  const early = make(1_000_000);
  for (let taken = 0; taken < 600; taken += 1) early.next(3);
  expect(make(1_006_000).next(3)).toBe(early.next(3));
});

test('clients that share an address get ranges of their own', () => {
  expect(splitPorts({ first: 1000, last: 1999 }, 3)).toEqual([
    { first: 1000, last: 1332 },
    { first: 1333, last: 1665 },
    { first: 1666, last: 1998 },
  ]);
});
