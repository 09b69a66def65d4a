import { decodeHistogram, type StoredHistogram } from './histogram.ts';
import { holdsQuantile } from './quantile.ts';
import type { Statistic } from './quantity.ts';

/**
 * A decoded histogram as parallel arrays, ascending: the lowest and highest time of every filled bucket and its count.
 * hdr-histogram-js takes 1 ms for one mean (it steps an iterator over 12,288 buckets); a study has thousands of them.
 */
export interface CountedTimes {
  readonly lowestNs: readonly number[];
  readonly highestNs: readonly number[];
  readonly counts: readonly number[];
  readonly total: number;
}

/** What every histogram of hdr-histogram-js 3.0.1 has and its interface does not name. */
interface IndexedHistogram {
  readonly totalCount: number;
  readonly maxValue: number;
  readonly minNonZeroValue: number;
  countsArrayIndex(value: number): number;
  getCountAtIndex(index: number): number;
  valueFromIndex(index: number): number;
  highestEquivalentValue(value: number): number;
}

type Buckets = Map<number, { highestNs: number; count: number }>;

function addHistogram(buckets: Buckets, histogram: IndexedHistogram): void {
  const last = histogram.countsArrayIndex(histogram.maxValue);
  for (let index = histogram.countsArrayIndex(histogram.minNonZeroValue); index <= last; index += 1) {
    const count = histogram.getCountAtIndex(index);
    if (count === 0) continue;
    const lowestNs = histogram.valueFromIndex(index);
    const known = buckets.get(lowestNs);
    if (known === undefined) buckets.set(lowestNs, { highestNs: histogram.highestEquivalentValue(lowestNs), count });
    else known.count += count;
  }
}

function fromBuckets(buckets: Buckets): CountedTimes {
  const sorted = [...buckets].sort(([one], [other]) => one - other);
  return {
    lowestNs: sorted.map(([lowest]) => lowest),
    highestNs: sorted.map(([, { highestNs }]) => highestNs),
    counts: sorted.map(([, { count }]) => count),
    total: sorted.reduce((sum, [, { count }]) => sum + count, 0),
  };
}

/** The sum of stored histograms, read once. Throws when one is not what its record says. */
export function readTimes(stored: readonly StoredHistogram[]): CountedTimes {
  const buckets: Buckets = new Map();
  for (const one of stored) {
    if (one.count > 0) addHistogram(buckets, decodeHistogram(one) as unknown as IndexedHistogram);
  }
  return fromBuckets(buckets);
}

/** The sum of several. */
export function mergeTimes(parts: readonly CountedTimes[]): CountedTimes {
  const buckets: Buckets = new Map();
  for (const part of parts) {
    part.lowestNs.forEach((lowestNs, at) => {
      const known = buckets.get(lowestNs);
      const count = part.counts[at] ?? 0;
      if (known === undefined) buckets.set(lowestNs, { highestNs: part.highestNs[at] ?? lowestNs, count });
      else known.count += count;
    });
  }
  return fromBuckets(buckets);
}

/** Quantile in µs (q in 0..1) as HdrHistogram defines it: the highest time of the bucket that reaches it. NaN when empty. */
export function quantileOfTimesUs(times: CountedTimes, q: number): number {
  // 1e-9: 0.99 · 100 is 99.00000000000001 in floating point, and must not ask for the 100th.
  const wanted = Math.max(1, Math.ceil(q * times.total - 1e-9));
  let seen = 0;
  for (let at = 0; at < times.counts.length; at += 1) {
    seen += times.counts[at] ?? 0;
    if (seen >= wanted) return (times.highestNs[at] ?? Number.NaN) / 1000;
  }
  return Number.NaN;
}

/** Mean in µs, each bucket at its middle; NaN when empty. */
export function meanOfTimesUs(times: CountedTimes): number {
  let sumNs = 0;
  times.counts.forEach((count, at) => {
    const lowest = times.lowestNs[at] ?? 0;
    const widthNs = (times.highestNs[at] ?? lowest) - lowest + 1;
    // HdrHistogram's medianEquivalentValue.
    sumNs += count * (lowest + Math.floor(widthNs / 2));
  });
  return times.total === 0 ? Number.NaN : sumNs / times.total / 1000;
}

const QUANTILES: Readonly<Record<Exclude<Statistic, 'mean'>, number>> = {
  p01: 0.01,
  p50: 0.5,
  p90: 0.9,
  p99: 0.99,
  'p99.9': 0.999,
};

/** One statistic in µs. */
export function statisticOfTimesUs(times: CountedTimes, statistic: Statistic): number {
  return statistic === 'mean' ? meanOfTimesUs(times) : quantileOfTimesUs(times, QUANTILES[statistic]);
}

/** Are there times enough for it? */
export function holdsStatistic({ total }: CountedTimes, statistic: Statistic): boolean {
  return total > 0 && (statistic === 'mean' || holdsQuantile(total, QUANTILES[statistic]));
}
