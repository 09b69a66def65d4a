import type { Estimated } from '../model/findings.ts';

/** Binds a number to its unit. */
const NBSP = '\u00a0';
const SIGNIFICANT_DIGITS = 3;
const MOST_DECIMALS = 4;

/** A number in the unit of its layer and how the page says it: scale, decimals' base and unit. */
interface DisplayUnit {
  readonly perUnit: number;
  readonly suffix: string;
}

const MICROSECONDS: DisplayUnit = { perUnit: 1, suffix: `${NBSP}µs` };
const MILLISECONDS: DisplayUnit = { perUnit: 1e-3, suffix: `${NBSP}ms` };
const SECONDS: DisplayUnit = { perUnit: 1e-6, suffix: `${NBSP}s` };
const CORE_PERCENT: DisplayUnit = { perUnit: 100, suffix: `${NBSP}%` };
const PLAIN: DisplayUnit = { perUnit: 1, suffix: '' };

/** µs below 10 ms, ms below 10 s, then s. Takes the largest value that is to be shown in one breath. */
function timeUnit(us: number): DisplayUnit {
  const size = Math.abs(us);
  if (size < 10_000) return MICROSECONDS;
  return size < 10_000_000 ? MILLISECONDS : SECONDS;
}

function orderOf(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
}

/** Decimals that show three significant digits, and never more than the uncertainty bears (its first digit; below 3, its second). */
function decimalsFor(value: number, halfWidth: number | null): number {
  const bySize = value === 0 ? 1 : SIGNIFICANT_DIGITS - 1 - orderOf(value);
  const byWidth = halfWidth === null || halfWidth === 0 ? bySize : -orderOf(halfWidth);
  return Math.max(0, Math.min(MOST_DECIMALS, bySize, byWidth));
}

/** Number.toLocaleString makes a formatter per call: 50 µs each, seconds on a page with tens of thousands of numbers. */
const FORMATTERS = Array.from(
  { length: MOST_DECIMALS + 1 },
  (_, decimals) => new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
);

function formatFixed(value: number, decimals: number): string {
  const fixed = FORMATTERS[decimals]?.format(value) ?? String(value);
  return /^-[0.,]+$/.test(fixed) ? fixed.slice(1) : fixed.replace('-', '−');
}

/** A bare number with three significant digits: 1,234 · 80.1 · 0.0123. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return formatFixed(value, decimalsFor(value, null));
}

/** A count: 10,000. */
export function formatCount(value: number): string {
  return formatFixed(Math.round(value), 0);
}

/** "1 Service", "10,000 Services". */
export function formatServices(count: number): string {
  return `${formatCount(count)}${NBSP}${count === 1 ? 'Service' : 'Services'}`;
}

/** "1 round", "8 rounds". */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)}${NBSP}${noun}${count === 1 ? '' : 's'}`;
}

function formatWith(value: number, unit: DisplayUnit): string {
  if (!Number.isFinite(value)) return '–';
  return `${formatFixed(value * unit.perUnit, decimalsFor(value * unit.perUnit, null))}${unit.suffix}`;
}

/** "80.1 µs", "12.3 ms". */
export function formatTimeUs(us: number): string {
  return formatWith(us, timeUnit(us));
}

/** A margin is a round number that somebody chose: "50 µs", not "50.0 µs". */
export function formatTimeMargin(us: number): string {
  return withoutIdleZeros(formatTimeUs(us));
}

/** "5 %" of a core. */
export function formatCoreMargin(cores: number): string {
  return withoutIdleZeros(formatCorePercent(cores));
}

/** A duration that a scenario sets: "8 s". */
export function formatMsSetting(ms: number): string {
  return withoutIdleZeros(formatMs(ms));
}

function withoutIdleZeros(text: string): string {
  return text.replace(/(\.[0-9]*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');
}

/** Keeps numbers and their units on one line, in sentences that others wrote. */
export function bindUnits(text: string): string {
  return text.replace(/(\d) (?=(?:%|µs|ms|s|rps|ns|MB|GB|Services?|rules?)(?![\w]))/g, `$1${NBSP}`);
}

/** A difference as a share of its reference: "+12.3 %", "−0.1 %". */
export function formatChange(difference: number, reference: number): string {
  if (reference === 0 || !Number.isFinite(difference / reference)) return '–';
  const percent = (difference / Math.abs(reference)) * 100;
  const text = formatFixed(percent, Math.min(1, decimalsFor(percent, null)));
  return `${percent > 0 && !/^[0.]+$/.test(text) ? '+' : ''}${text}${NBSP}%`;
}

/** Cores → "21.3 %" (of one core). */
export function formatCorePercent(cores: number): string {
  return formatFixed(cores * 100, Math.min(1, decimalsFor(cores * 100, null))) + CORE_PERCENT.suffix;
}

/** Milliseconds → "820 ms", "12.3 s": of things that take long, where seconds say more than thousands of ms. */
export function formatMs(ms: number): string {
  return formatWith(ms * 1000, Math.abs(ms) < 1000 ? MILLISECONDS : SECONDS);
}

/** Bytes → "271 MB". */
export function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${formatNumber(bytes / 1e9)}${NBSP}GB` : `${formatNumber(bytes / 1e6)}${NBSP}MB`;
}

/** A share → "10.2 %". */
export function formatShare(share: number): string {
  return `${formatNumber(share * 100)}${NBSP}%`;
}

interface Interval {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Value and interval in one unit with the same decimals: "80 µs [78, 83]"; without an interval the value alone. */
function formatInterval(estimate: Interval, unit: DisplayUnit): string {
  const value = estimate.value * unit.perUnit;
  const low = estimate.low === null ? null : estimate.low * unit.perUnit;
  const high = estimate.high === null ? null : estimate.high * unit.perUnit;
  const halfWidth = low === null || high === null ? null : (high - low) / 2;
  const decimals = Math.min(2, decimalsFor(value === 0 ? (halfWidth ?? 0) : value, halfWidth));
  const text = formatFixed(value, decimals) + unit.suffix;
  if (low === null || high === null) return text;
  return `${text}${NBSP}[${formatFixed(low, decimals)},${NBSP}${formatFixed(high, decimals)}]`;
}

/** "80 µs [78, 83]". */
export function formatTimeInterval(estimate: Interval): string {
  const largest = Math.max(Math.abs(estimate.value), Math.abs(estimate.low ?? 0), Math.abs(estimate.high ?? 0));
  return formatInterval(estimate, timeUnit(largest));
}

/** "21 % [20, 23]", of one core. */
export function formatCoreInterval(estimate: Interval): string {
  return formatInterval(estimate, CORE_PERCENT);
}

/** A number of any other unit: "6.7 ns/rule [6.5, 6.9]". */
export function formatUnitInterval(estimate: Interval, unit: string): string {
  if (estimate.low === null && Number.isInteger(estimate.value)) {
    return `${formatCount(estimate.value)}${unit === '' ? '' : NBSP + unit}`;
  }
  return formatInterval(estimate, unit === '' ? PLAIN : { perUnit: 1, suffix: NBSP + unit });
}

function formatMsInterval(estimate: Interval): string {
  const ends = [estimate.value, estimate.low ?? 0, estimate.high ?? 0].map(Math.abs);
  const toUs = (ms: number | null): number | null => (ms === null ? null : ms * 1000);
  const inUs = { value: estimate.value * 1000, low: toUs(estimate.low), high: toUs(estimate.high) };
  return formatInterval(inUs, Math.max(...ends) < 1000 ? MILLISECONDS : SECONDS);
}

/** By the unit names of the findings' schema: `us` and `cores` are scaled for people, the rest is said as it is. */
export function formatQuantity(estimate: Interval, unit: string): string {
  if (unit === 'us' || unit === 'µs') return formatTimeInterval(estimate);
  if (unit === 'cores') return formatCoreInterval(estimate);
  if (unit === 'ms') return formatMsInterval(estimate);
  // Probabilities, counts without a noun: the label says what they are.
  if (unit === 'p') return formatUnitInterval(estimate, '');
  return formatUnitInterval(estimate, unit);
}

/** How sure: "95 %". */
export function formatConfidence(confidence: number): string {
  return `${Number((confidence * 100).toFixed(2))}${NBSP}%`;
}

/** An estimate with its interval and the number of rounds, for tooltips. */
export function describeEstimate(estimate: Estimated, text: string): string {
  const rounds = `n = ${formatPlural(estimate.rounds, 'round')}`;
  return estimate.low === null ? `${text} (${rounds}, too few for an interval)` : `${text} (${rounds})`;
}
