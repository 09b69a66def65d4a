import { describe, expect, test } from 'vitest';
import {
  bindUnits,
  formatChange,
  formatCoreInterval,
  formatCoreMargin,
  formatCount,
  formatMs,
  formatMsSetting,
  formatNumber,
  formatServices,
  formatTimeInterval,
  formatTimeMargin,
  formatTimeUs,
  formatUnitInterval,
} from './format-number.ts';

/** Numbers are bound to units by a no-break space; the tests write it as a plain one. */
function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

describe('numbers as people read them', () => {
  test.each([
    [80.123, '80.1 µs'],
    [1234, '1,234 µs'],
    [12_345, '12.3 ms'],
    [0.0123, '0.0123 µs'],
    [16_000_000, '16.0 s'],
    [-5.5, '−5.50 µs'],
    [Number.NaN, '–'],
  ])('%d µs is said with three significant digits', (us, text) => {
    expect(plain(formatTimeUs(us))).toBe(text);
  });

  test.each([
    [{ value: 80.123, low: 77.6, high: 82.7 }, '80 µs [78, 83]'],
    [{ value: 80.123, low: 79.9, high: 80.4 }, '80.1 µs [79.9, 80.4]'],
    [{ value: 80.123, low: null, high: null }, '80.1 µs'],
    [{ value: 9_900, low: 9_000, high: 11_000 }, '10 ms [9, 11]'],
    [{ value: 0, low: -0.002, high: 0.002 }, '0.00 µs [0.00, 0.00]'],
  ])('an interval has the decimals that its width bears, the same at both ends', (estimate, text) => {
    expect(plain(formatTimeInterval(estimate))).toBe(text);
  });

  test('CPU is said in percent of a core, without a sign on zero', () => {
    expect(plain(formatCoreInterval({ value: 0.213, low: 0.198, high: 0.228 }))).toBe('21 % [20, 23]');
    expect(plain(formatCoreInterval({ value: -0.0001, low: -0.03, high: 0.03 }))).toBe('0 % [−3, 3]');
  });

  test('what somebody chose is said as they chose it', () => {
    expect(plain(formatTimeMargin(50))).toBe('50 µs');
    expect(plain(formatTimeMargin(100))).toBe('100 µs');
    expect(plain(formatCoreMargin(0.05))).toBe('5 %');
    expect(plain(formatMsSetting(8000))).toBe('8 s');
    expect(plain(formatMsSetting(10_000))).toBe('10 s');
  });

  test('counts that are whole stay whole', () => {
    expect(plain(formatUnitInterval({ value: 6, low: null, high: null }, 'of 6'))).toBe('6 of 6');
    expect(formatCount(320_005)).toBe('320,005');
    expect(plain(formatServices(1))).toBe('1 Service');
    expect(plain(formatServices(10_000))).toBe('10,000 Services');
    expect(formatNumber(0)).toBe('0.0');
  });

  test('long times are said in seconds', () => {
    expect(plain(formatMs(820))).toBe('820 ms');
    expect(plain(formatMs(7600))).toBe('7.60 s');
  });

  test('a change is a share of its reference, and no share of nothing', () => {
    expect(plain(formatChange(5, 40))).toBe('+12.5 %');
    expect(plain(formatChange(-5, 40))).toBe('−12.5 %');
    expect(plain(formatChange(0.001, 40))).toBe('0.0 %');
    expect(formatChange(5, 0)).toBe('–');
  });

  test('units in sentences stay with their numbers', () => {
    expect(bindUnits('about +35 % of a core at 10,000 Services')).toBe(
      'about +35\u00a0% of a core at 10,000\u00a0Services',
    );
  });
});
