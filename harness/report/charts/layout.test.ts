import { describe, expect, test } from 'vitest';
import { makeRandom } from '../../model/random.ts';
import {
  fittingTicks,
  fromPx,
  linearDomain,
  linearTicks,
  logDomain,
  shortLabels,
  spreadLabels,
  thinTicks,
  toPx,
} from './layout.ts';

describe('labels', () => {
  test('lie at least the gap apart, inside the plot, in the order of their lines, whatever the lines do', () => {
    const random = makeRandom(3);
    for (let round = 0; round < 500; round += 1) {
      const count = 1 + Math.floor(random() * 10);
      const wishes = Array.from({ length: count }, () => random() * 200);
      const placed = spreadLabels(wishes, 15, 200);
      const order = wishes.map((_, index) => index).sort((a, b) => (wishes[a] ?? 0) - (wishes[b] ?? 0));
      const sorted = order.map((index) => placed[index] ?? Number.NaN);
      for (const [place, px] of sorted.entries()) {
        expect(px).toBeGreaterThanOrEqual(-1e-9);
        expect(px).toBeLessThanOrEqual(200 + 1e-9);
        if (place > 0) expect(px - (sorted[place - 1] ?? 0)).toBeGreaterThanOrEqual(15 - 1e-9);
      }
    }
  });

  test('stay where they are when there is room', () => {
    expect(spreadLabels([10, 60, 120], 15, 200)).toEqual([10, 60, 120]);
  });

  test('share a crowded place evenly', () => {
    expect(spreadLabels([50, 50, 50], 10, 200)).toEqual([40, 50, 60]);
  });

  test('that are too long are cut and stay apart from each other', () => {
    const long = ['x'.repeat(80), `${'x'.repeat(79)}y`, 'nftables'];
    const short = shortLabels(long, 19);
    expect(new Set(short).size).toBe(3);
    expect(Math.max(...short.map((label) => label.length))).toBeLessThanOrEqual(19);
    expect(short[2]).toBe('nftables');
  });
});

describe('axes', () => {
  test('pixels and data convert both ways, linear and logarithmic', () => {
    for (const kind of ['linear', 'log'] as const) {
      const scale = { kind, domain: [1, 10_000] as const, lengthPx: 240 };
      for (const value of [1, 7, 500, 10_000]) expect(fromPx(scale, toPx(scale, value))).toBeCloseTo(value, 6);
    }
  });

  test('hold all values and start at 0 unless values are negative', () => {
    expect(linearDomain([3, 173])).toEqual([0, 200]);
    expect(linearDomain([-3, 12])).toEqual([-5, 15]);
    expect(linearDomain([])).toEqual([0, 1]);
    expect(linearDomain([0])).toEqual([0, 1]);
    expect(logDomain([18.5, 170])).toEqual([10, 200]);
    expect(logDomain([])).toEqual([1, 10]);
    expect(logDomain([20])).toEqual([20, 40]);
  });

  test('have regular ticks inside the domain', () => {
    expect(linearTicks([0, 200])).toEqual([0, 50, 100, 150, 200]);
    expect(linearTicks([-5, 15])).toEqual([-5, 0, 5, 10, 15]);
  });

  test('leave out labels that would meet, the largest never', () => {
    const scale = { kind: 'log' as const, domain: [1, 10_000] as const, lengthPx: 240 };
    const kept = thinTicks([1, 10, 100, 1000, 5000, 10_000], scale, (value) => String(value).length * 8);
    expect(kept).toContain(10_000);
    expect(kept).toContain(1);
    expect(kept).not.toContain(5000);
  });

  test('coarsen until labels fit', () => {
    const scale = { kind: 'linear' as const, domain: [0, 10_000] as const, lengthPx: 120 };
    expect(fittingTicks(scale, () => 45)).toEqual([0, 5000, 10_000]);
  });
});
