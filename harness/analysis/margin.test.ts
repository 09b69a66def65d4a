import { expect, test } from 'vitest';
import { marginOf } from './margin.ts';

const MARGINS = { rttUs: 50, rttRatio: 0.05, handshakeUs: 5, cpuCores: 0.05 };
const median = (metric: 'handshake' | 'connect' | 'total') => ({ kind: 'time', metric, statistic: 'p50' }) as const;

test('the handshake on the wire has a margin of its own, every time as an application sees it the round trip’s', () => {
  expect(marginOf(median('handshake'), 20, MARGINS)).toBe(5);
  expect(marginOf(median('connect'), 140, MARGINS)).toBe(50);
  expect(marginOf(median('total'), 240, MARGINS)).toBe(50);
});

test('where the share of the reference is the larger, it counts, for the handshake as well', () => {
  expect(marginOf(median('handshake'), 200, MARGINS)).toBe(10);
  expect(marginOf(median('total'), 2000, MARGINS)).toBe(100);
});

test('CPU has its margin in cores, whatever the reference costs', () => {
  expect(marginOf({ kind: 'cpu' }, 3, MARGINS)).toBe(0.05);
});
