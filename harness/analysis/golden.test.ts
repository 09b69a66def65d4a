import { expect, test } from 'vitest';
import type { Estimated } from '../model/findings.ts';
import { analyseRun } from './analyse-run.ts';
import { LEGACY, makeSyntheticRun, NFTABLES, NONE } from './testing/synthetic-run.ts';

const short = (value: number | null) => (value === null ? '–' : String(Number(value.toPrecision(4))));
const line = (...parts: readonly (string | number | null)[]) => parts.join(' ');
const interval = ({ value, low, high, rounds }: Estimated) =>
  `${short(value)} [${short(low)}, ${short(high)}] n=${rounds}`;

test('the findings of a small run of fixed seed are those that were read and approved', async () => {
  const run = makeSyntheticRun({
    sizesServices: [1, 1000, 10_000],
    modes: [LEGACY, NFTABLES, NONE],
    requests: 400,
    rounds: 5,
    seed: 42,
    isInvalid: ({ index }) => index === 7,
  });
  const findings = analyseRun(run);
  const text = [
    ...findings.headlines.map((headline) =>
      line('headline', headline.kind, ...('verdict' in headline ? [headline.quantity, headline.verdict] : [''])),
    ),
    ...findings.differences
      .filter(({ inFamily }) => inFamily)
      .map((one) =>
        line(
          'difference',
          one.sizeServices,
          one.spec,
          one.modeId,
          one.quantity.split('.')[0] ?? '',
          interval(one.adjusted),
          one.verdict,
        ),
      ),
    ...findings.slopes
      .filter(({ spec }) => spec === 'per-request')
      .map((one) =>
        line(
          'slope',
          one.axis,
          one.modeId,
          one.sizeServices,
          one.quantity.replace('.', ''),
          interval(one.slope),
          one.unit,
          one.verdict,
        ),
      ),
    ...findings.crossOvers.map((one) =>
      line(
        'cross-over',
        one.spec,
        one.worseModeId,
        one.betterModeId,
        one.outcome,
        short(one.services),
        short(one.lowServices),
        short(one.highServices),
      ),
    ),
    ...findings.rules.map((one) => line('rules', one.id, one.points.map(({ rules }) => short(rules)).join(' '))),
    ...findings.invalidTrials.map((one) =>
      line('invalid', one.trialIndex, one.reasons.map(({ code }) => code).join(',')),
    ),
  ].join('\n');
  await expect(`${text}\n`).toMatchFileSnapshot('testing/golden-findings.txt');
});
