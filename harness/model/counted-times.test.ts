import { expect, test } from 'vitest';
import { SKEWED } from '../analysis/testing/shapes.ts';
import { meanOfTimesUs, mergeTimes, quantileOfTimesUs, readTimes } from './counted-times.ts';
import { encodeHistogram, makeHistogram, meanUs, mergeHistograms, quantileUs, recordUs } from './histogram.ts';
import { makeRandom } from './random.ts';

function stored(scaleUs: number, seed: number) {
  const random = makeRandom(seed);
  const histogram = makeHistogram();
  for (let request = 0; request < 1000; request += 1) recordUs(histogram, scaleUs * SKEWED.draw(random));
  return encodeHistogram(histogram);
}

test('quantiles and mean are those of HdrHistogram itself', () => {
  const both = [stored(20, 1), stored(4000, 2)];
  const reference = mergeHistograms(both);
  const times = readTimes(both);
  expect(times.total).toBe(2000);
  expect(meanOfTimesUs(times)).toBeCloseTo(meanUs(reference), 9);
  for (const q of [0.001, 0.01, 0.5, 0.9, 0.99, 0.999, 1])
    expect(quantileOfTimesUs(times, q)).toBe(quantileUs(reference, q));
});

test('reading together and merging afterwards is the same', () => {
  const [one, other] = [stored(20, 1), stored(30, 2)];
  expect(mergeTimes([readTimes([one]), readTimes([other])])).toEqual(readTimes([one, other]));
});

test('nothing recorded has no quantile and no mean', () => {
  const nothing = readTimes([encodeHistogram(makeHistogram())]);
  expect(nothing.total).toBe(0);
  expect(quantileOfTimesUs(nothing, 0.5)).toBeNaN();
  expect(meanOfTimesUs(nothing)).toBeNaN();
});

test('a histogram that is not what its record says is refused', () => {
  expect(() => readTimes([{ ...stored(20, 1), count: 5 }])).toThrow(/its record says 5/);
});
