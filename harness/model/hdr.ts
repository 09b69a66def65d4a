import * as hdr from 'hdr-histogram-js';
import { InvalidRunError } from '../errors.ts';

/** A stored HDR histogram; `histogramSchema` (histogram.ts) is its schema and tells what it holds. */
export interface StoredHistogram {
  unit: 'ns';
  count: number;
  data: string;
}

/*
 * Apart from histogram.ts because the load client records with these functions and must not import zod: measured, zod adds
 * 50 ms to its start and 15 MB to its memory, and the harness validates both the specification and the result anyway.
 */

const HIGHEST_NS = 120_000_000_000;

/** An empty histogram that takes nanoseconds up to 2 minutes. */
export function makeHistogram(): hdr.Histogram {
  return hdr.build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2_000_000,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
}

/** Records a duration in µs; a value outside 1 ns … 2 min is clamped into it. */
export function recordUs(histogram: hdr.Histogram, valueUs: number): void {
  histogram.recordValue(Math.min(HIGHEST_NS, Math.max(1, Math.round(valueUs * 1000))));
}

/** Histogram → its stored form. */
export function encodeHistogram(histogram: hdr.Histogram): StoredHistogram {
  const empty = histogram.totalCount === 0;
  return { unit: 'ns', count: histogram.totalCount, data: empty ? '' : hdr.encodeIntoCompressedBase64(histogram) };
}

/** Stored form → histogram. Rejects data that is not what it says (exit 4); a stored run's data was checked when it was read, with file and line in the error. */
export function decodeHistogram(stored: StoredHistogram): hdr.Histogram {
  if (stored.count === 0) return makeHistogram();
  const histogram = decode(stored.data);
  if (histogram.totalCount !== stored.count)
    throw damagedHistogram(`it holds ${histogram.totalCount} values, its record says ${stored.count}`);
  return histogram;
}

function decode(data: string): hdr.Histogram {
  try {
    return hdr.decodeFromCompressedBase64(data);
  } catch (error) {
    throw damagedHistogram(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function damagedHistogram(why: string, options?: ErrorOptions): InvalidRunError {
  return new InvalidRunError(
    `a stored histogram is damaged: ${why}`,
    'take the run from a backup, or measure again',
    options,
  );
}

/** The sum of several stored histograms. */
export function mergeHistograms(stored: readonly StoredHistogram[]): hdr.Histogram {
  const sum = makeHistogram();
  for (const one of stored) if (one.count > 0) sum.add(decodeHistogram(one));
  return sum;
}

/** Quantile in µs, q in 0..1; NaN for an empty histogram. */
export function quantileUs(histogram: hdr.Histogram, q: number): number {
  return histogram.totalCount === 0 ? Number.NaN : histogram.getValueAtPercentile(q * 100) / 1000;
}

/** Mean in µs; NaN for an empty histogram. */
export function meanUs(histogram: hdr.Histogram): number {
  return histogram.totalCount === 0 ? Number.NaN : histogram.mean / 1000;
}
