import { expect, it } from 'vitest';
import { IPVS, LEGACY, makeSyntheticRun } from '../../analysis/testing/synthetic-run.ts';
import { encodeHistogram, makeHistogram, recordUs } from '../../model/histogram.ts';
import type { Trial } from '../../model/trial.ts';
import { listLosses } from './losses.ts';

const run = makeSyntheticRun({
  sizesServices: [1],
  modes: [LEGACY, IPVS],
  policies: [{ kind: 'per-request' }],
  rounds: 2,
});
const SYN_LOST = { code: 'syn-lost', message: '6 of 2000 connections …', remedy: '…' };

/** The first trial of ipvs with so many SYNs sent twice. */
function losing(resent: number, change: Partial<Trial> = {}) {
  const histogram = makeHistogram();
  for (let one = 0; one < resent; one += 1) recordUs(histogram, 1_000_000);
  const at = run.trials.findIndex(({ plan }) => plan.modeId === 'ipvs');
  const trials = run.trials.map((trial, index) => {
    if (index !== at || trial.wire === null) return trial;
    const [first, ...others] = trial.wire.targets;
    if (first === undefined) throw new Error('no target');
    const targets = [{ ...first, retransmitted: encodeHistogram(histogram) }, ...others];
    return { ...trial, wire: { ...trial.wire, targets }, ...change };
  });
  return { header: run.header, trials };
}

it('a run without lost connections has nothing to say', () => {
  expect(listLosses(run)).toEqual([]);
});

it('a mode that lost connections is named with how many, beside the others, also when its trials stayed valid', () => {
  const [loss, ...more] = listLosses(losing(2));
  expect(more).toEqual([]);
  expect(loss?.code).toBe('connections-lost');
  expect(loss?.message).toMatch(
    /^ipvs: 2 of \d+ connections .* \(iptables-legacy: 0 of \d+\): its times are of the others$/,
  );
});

it('trials that were left out for it count, and are said to be', () => {
  const [loss] = listLosses(losing(6, { valid: false, invalid: [SYN_LOST] }));
  expect(loss?.message).toMatch(/^ipvs: 6 of .*; 1 of its trials is left out for it/);
});

it("where nothing was captured the client's kernel counts", () => {
  const [trial] = run.trials;
  if (trial?.load == null) throw new Error('no load');
  const trials = [{ ...trial, wire: null, load: { ...trial.load, synRetransmits: 7 } }];
  expect(listLosses({ header: run.header, trials })[0]?.message).toMatch(/: 7 of \d+ connections/);
});
