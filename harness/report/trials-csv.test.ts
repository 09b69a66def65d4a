import { describe, expect, test } from 'vitest';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../analysis/testing/synthetic-run.ts';
import { mergeHistograms, quantileUs } from '../model/histogram.ts';
import { trialsCsv } from './trials-csv.ts';

const run = makeSyntheticRun({ modes: [LEGACY, NFTABLES], sizesServices: [1, 100], rounds: 2, requests: 200 });

function parse(text: string): Record<string, string>[] {
  const [head = '', ...lines] = text.trimEnd().split('\r\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, index) => [names[index] ?? '', field])));
}

describe('trials.csv', () => {
  test('has one row per trial and one head, of equal length', () => {
    const lines = trialsCsv(run).trimEnd().split('\r\n');
    expect(lines).toHaveLength(run.trials.length + 1);
    expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1);
  });

  test("gives each trial's own quantiles, out of its histograms", () => {
    const row = parse(trialsCsv(run))[0];
    const trial = run.trials[0];
    const p50Us = quantileUs(mergeHistograms(trial?.wire?.targets.map((target) => target.handshake) ?? []), 0.5);
    expect(Number(row?.handshakeP50Us)).toBeCloseTo(p50Us, 3);
    expect(row?.mode).toBe(trial?.plan.modeId);
    expect(row?.ok).toBe('200');
  });

  test('leaves what is missing empty, never 0', () => {
    const [first] = run.trials;
    if (first === undefined) throw new Error('no trial');
    const lost = { ...first, load: null, wire: null, cpuIdle: null, cpuLoad: null, valid: false };
    const row = parse(trialsCsv({ ...run, trials: [lost] }))[0];
    expect(row).toMatchObject({ valid: 'false', achievedRps: '', totalP50Us: '', load_busyCores: '', ok: '' });
  });

  test('quotes names that would break a row', () => {
    const [first] = run.trials;
    if (first === undefined) throw new Error('no trial');
    const odd = { ...first, plan: { ...first.plan, modeId: 'a,"b"\nc' } };
    expect(trialsCsv({ ...run, trials: [odd] })).toContain('"a,""b""\nc"');
  });
});
