import { expect, test } from 'vitest';
import { quantityOf } from '../../model/estimate-lookup.ts';
import { marginOf } from '../../model/quantity.ts';
import { listQuantities } from '../quantities.ts';

const QUANTITIES = listQuantities({ margins: { rttUs: 50, rttRatio: 0.05, handshakeUs: 5, cpuCores: 0.05 } });
const margin = (id: string, referenceValue: number) =>
  marginOf(quantityOf({ quantities: QUANTITIES }, id), referenceValue);

test('the handshake on the wire has a margin of its own, every time as an application sees it the round trip’s', () => {
  expect(margin('handshake.p50', 20)).toBe(5);
  expect(margin('connect.p50', 140)).toBe(50);
  expect(margin('total.p50', 240)).toBe(50);
});

test('where the share of the reference is the larger, it counts, for the handshake as well', () => {
  expect(margin('handshake.p50', 200)).toBe(10);
  expect(margin('total.p50', 2000)).toBe(100);
});

test('CPU has its margin in cores, whatever the reference costs', () => {
  expect(margin('cpu', 3)).toBe(0.05);
});

test('no two quantities have an id or a word in common', () => {
  const words = QUANTITIES.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
});

test('every rank of the first sentences is given once', () => {
  const ranks = QUANTITIES.flatMap(({ primary }) => primary ?? []);
  expect(ranks.toSorted()).toEqual([1, 2, 3]);
});
