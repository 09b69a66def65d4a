import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeHistogram, encodeHistogram, makeHistogram, recordUs } from './hdr.ts';
import { holdsItsCount } from './histogram-check.ts';

function histogramOf(...valuesUs: readonly number[]) {
  const histogram = makeHistogram();
  for (const valueUs of valuesUs) recordUs(histogram, valueUs);
  return encodeHistogram(histogram);
}

test.each([
  [[]],
  [[1]],
  [[0.001, 0.001, 0.001]],
  [Array.from({ length: 10_000 }, (_, index) => 50 + (index % 700) * 1.7)],
  [[0.001, 120_000_000]],
])('what was recorded is counted without building it (case %#)', (valuesUs) => {
  const stored = histogramOf(...valuesUs);
  expect(holdsItsCount(stored)).toBe(true);
  expect(holdsItsCount({ ...stored, count: stored.count + 1 })).toBe(false);
});

const GOOD = histogramOf(1, 2, 3);
/** What says that it unpacks to 64 MiB. */
const BOMB = Buffer.concat([Buffer.from('1c84931400010000', 'hex'), deflateSync(Buffer.alloc(1 << 26))]).toString(
  'base64',
);

test.each(['garbage', '', 'AAAA', GOOD.data.slice(0, 20), GOOD.data.replace(/.{6}$/, 'AAAAAA'), BOMB])(
  'data that is none is refused (case %#), by the check and by the decoder alike',
  (data) => {
    expect(holdsItsCount({ ...GOOD, data })).toBe(false);
    expect(() => decodeHistogram({ ...GOOD, data })).toThrow(expect.objectContaining({ exitCode: 4 }));
  },
);
