import { expect, test } from 'vitest';
import { analyseRun } from '../../analysis/analyse-run.ts';
import { LEGACY, makeSyntheticRun, NFTABLES, NONE } from '../../analysis/testing/synthetic-run.ts';
import { holdAgainst2019 } from './study.ts';

test('what the study says of a small run of fixed seed is what was read and approved', async () => {
  const run = makeSyntheticRun({
    sizesServices: [1, 1000, 10_000],
    modes: [LEGACY, NFTABLES, NONE],
    requests: 400,
    rounds: 5,
    seed: 42,
    isInvalid: ({ index }) => index === 7,
  });
  const { claims, rules } = holdAgainst2019(run, analyseRun(run));
  const short = (value: number) => String(Number(value.toPrecision(4)));
  const text = [
    ...rules.map(({ id, points }) => `rules ${id} ${points.map((point) => short(point.rules)).join(' ')}`),
    ...claims.map(({ id, verdict }) => `claim ${id} ${verdict}`),
  ].join('\n');
  await expect(`${text}\n`).toMatchFileSnapshot('testing/golden-study.txt');
});
