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

  test.each([
    [9, ['P90', 'P99', 'P999']],
    [99, ['P99', 'P999']],
    [100, ['P999']],
    [999, ['P999']],
    [1000, []],
  ])('has no quantile beyond what %i requests can hold', (requests, empty) => {
    const few = makeSyntheticRun({ modes: [LEGACY], sizesServices: [1], rounds: 1, requests });
    const row = parse(trialsCsv(few))[0];
    expect(row?.totalCount).toBe(String(requests));
    const names = ['P50', 'P90', 'P99', 'P999'];
    for (const time of ['total', 'firstByte', 'totalFromDue'])
      expect(names.filter((name) => row?.[`${time}${name}Us`] === '')).toEqual(empty);
  });

  test('names the times from sending and from due', () => {
    const row = parse(trialsCsv(run))[0];
    const trial = run.trials[0];
    for (const time of ['connectFromDue', 'firstByteFromDue', 'totalFromDue'] as const) {
      const times = mergeHistograms(trial?.load?.targets.map((target) => target.times[time]) ?? []);
      expect(Number(row?.[`${time}P50Us`])).toBeCloseTo(quantileUs(times, 0.5), 3);
    }
  });

  test('quotes names that would break a row', () => {
    const [first] = run.trials;
    if (first === undefined) throw new Error('no trial');
    const odd = { ...first, plan: { ...first.plan, modeId: 'a,"b"\nc' } };
    expect(trialsCsv({ ...run, trials: [odd] })).toContain('"a,""b""\nc"');
  });
});
