import { describe, expect, test } from 'vitest';
import { findEstimate } from '../model/estimate-lookup.ts';
import { findingsSchema } from '../model/findings.ts';
import { runSchema } from '../model/run.ts';
import { analyseRun } from './analyse-run.ts';
import { RESTLESS } from './testing/shapes.ts';
import { IPVS, LEGACY, makeSyntheticRun, NFT, NFTABLES, NONE, type SyntheticOptions } from './testing/synthetic-run.ts';

const SMALL: Partial<SyntheticOptions> = { sizesServices: [1, 10_000], requests: 400, rounds: 5 };
const perRequest = [{ kind: 'per-request' }] as const;

describe('an invented run with a known effect', () => {
  const run = makeSyntheticRun({ ...SMALL, modes: [LEGACY, NFT, IPVS, NONE] });
  const findings = analyseRun(run);

  test('is a valid run, and its findings are valid and the same each time', () => {
    runSchema.parse(run);
    findingsSchema.parse(JSON.parse(JSON.stringify(findings)));
    expect(analyseRun(run)).toEqual(findings);
  });

  test('has no p99 of a second with fewer than 100 values, and p99 of one with more', () => {
    const slicesOf = (requests: number) => {
      const { timeline } = analyseRun(makeSyntheticRun({ modes: [LEGACY], sizesServices: [1], rounds: 1, requests }));
      return timeline.slices.filter(({ spec }) => spec === 'per-request');
    };
    const [few, many] = [slicesOf(396), slicesOf(400)];
    expect(few.length).toBeGreaterThan(0);
    for (const slice of few) expect(slice).toMatchObject({ totalP99Us: null, handshakeP99Us: null });
    for (const slice of many)
      expect(slice).toMatchObject({ totalP99Us: expect.any(Number), handshakeP99Us: expect.any(Number) });
  });

  test('gives back the ns per rule of both flavours', () => {
    const slopeOf = (modeId: string) =>
      findings.slopes.find((one) => one.axis === 'rule-index' && one.modeId === modeId && one.sizeServices === 10_000);
    // The shape's median is 1, so the medians' slope is the one that was put in.
    for (const [modeId, nsPerRule] of [
      [LEGACY.id, 6.5],
      [NFT.id, 15],
    ] as const) {
      const slope = slopeOf(modeId);
      expect(slope?.verdict).toBe('grows');
      expect(slope?.slope.low).toBeLessThan(nsPerRule);
      expect(slope?.slope.high).toBeGreaterThan(nsPerRule);
    }
  });

  test('says O(1) of the mode that does not grow, and not of the one that does', () => {
    const verdictOf = (modeId: string) =>
      findings.slopes.find(
        ({ axis, modeId: id, spec, quantity }) =>
          axis === 'services' && id === modeId && spec === 'per-request' && quantity !== 'cpu',
      )?.verdict;
    expect(verdictOf(IPVS.id)).toBe('constant');
    expect(verdictOf(LEGACY.id)).toBe('grows');
  });

  test('finds the difference at 10,000 Services and none at 1', () => {
    const handshakes = findings.differences.filter(
      ({ modeId, referenceModeId, spec, quantity }) =>
        modeId === NFT.id && referenceModeId === IPVS.id && spec === 'per-request' && quantity === 'handshake.p50',
    );
    expect(handshakes.map(({ sizeServices, verdict }) => [sizeServices, verdict])).toEqual([
      [1, 'equivalent'],
      [10_000, 'different'],
    ]);
  });

  test('reads every verdict from the interval that it shows', () => {
    for (const { verdict, adjusted, margin, excludesZero } of findings.differences) {
      const { low, high } = adjusted;
      if (low === null || high === null) throw new Error('an interval is missing');
      expect(excludesZero).toBe(low > 0 || high < 0);
      if (verdict === 'equivalent') expect(low > -margin && high < margin).toBe(true);
      if (verdict === 'different') expect(excludesZero).toBe(true);
    }
  });

  test('gives family intervals that are no narrower than those taken one by one would be', () => {
    const family = findings.differences.filter(({ inFamily }) => inFamily);
    expect(family.length).toBe(findings.family.comparisons);
    for (const { adjusted } of family) expect(adjusted.confidenceAchieved).toBeGreaterThanOrEqual(0.95);
    expect(findings.differences.some(({ inFamily, referenceModeId }) => inFamily && referenceModeId === NONE.id)).toBe(
      false,
    );
  });

  test('has at most three headlines, the latency first and the same pair in the cross-over', () => {
    expect(findings.headlines.length).toBeLessThanOrEqual(3);
    const [latency, cpu, crossOver] = findings.headlines;
    expect([latency?.kind, cpu?.kind, crossOver?.kind]).toEqual(['difference', 'difference', 'cross-over']);
    expect(cpu).toMatchObject({ quantity: 'cpu', unit: 'cores' });
    if (latency?.kind !== 'difference' || crossOver?.kind !== 'cross-over')
      throw new Error('headlines of another kind');
    expect(crossOver.crossOver.worseModeId).toBe(latency.higherModeId);
    expect(crossOver.crossOver.betterModeId).toBe(latency.lowerModeId);
  });

  test('says nothing of a crossing that may as well lie nowhere', () => {
    let draw = 0;
    const unsteady = makeSyntheticRun({
      sizesServices: [1, 10_000],
      modes: [LEGACY, NFTABLES],
      policies: [{ kind: 'per-request' }],
      requests: 100,
      rounds: 5,
      // 400 µs more at 10,000, in a machine that strays by a millisecond from trial to trial.
      handshakeUs: (mode, size) => {
        draw += 1;
        return 2000 + (mode === LEGACY && size > 1 ? 400 : 0) + 1000 * Math.sin(Math.floor(draw / 10) * 7.3);
      },
    });
    const { crossOvers, headlines } = analyseRun(unsteady);
    expect(crossOvers.some((one) => one.outcome === 'found' && one.highServices === null)).toBe(true);
    const told = headlines.flatMap((one) => (one.kind === 'cross-over' ? [one.crossOver] : []));
    expect(told.filter((one) => one.services !== null && one.highServices === null)).toEqual([]);
  });

  test('counts CPU over idle, and the classes add up to it', () => {
    const place = { sizeServices: 10_000, modeId: LEGACY.id, spec: 'per-request' };
    const numberOf = (quantity: string) => findEstimate(findings, place, quantity)?.value ?? Number.NaN;
    const sum = ['user', 'system', 'irq', 'softirq'].reduce((total, name) => total + numberOf(`cpu.${name}`), 0);
    expect(sum).toBeCloseTo(numberOf('cpu'), 9);
    // 0.65 cores at 1,000 connections a second.
    expect(numberOf('cpu.perConnection')).toBeCloseTo(numberOf('cpu') * 1000, 6);
  });
});

describe('runs that cannot say much', () => {
  const codes = (overrides: Partial<SyntheticOptions>) => {
    const findings = analyseRun(makeSyntheticRun({ ...SMALL, requests: 100, ...overrides }));
    findingsSchema.parse(JSON.parse(JSON.stringify(findings)));
    return { findings, limits: findings.limits.map(({ code }) => code) };
  };

  test('only invalid trials: nothing is found, every trial is listed with its reason', () => {
    const { findings, limits } = codes({ isInvalid: () => true });
    expect(limits).toContain('no-valid-trial');
    expect(findings.estimates.filter(({ repetition }) => repetition === 'round')).toEqual([]);
    expect(findings.headlines).toMatchObject([{ kind: 'cannot-say', reason: { code: 'no-valid-trial' } }]);
    expect(findings.invalidTrials.length).toBe(findings.trials.invalid);
    expect(findings.invalidTrials[0]?.reasons[0]?.code).toBe('rate-missed');
  });

  test('one mode: its own value is the answer', () => {
    const { findings, limits } = codes({ modes: [NFTABLES] });
    expect(limits).toContain('one-mode');
    expect(findings.differences).toEqual([]);
    expect(findings.headlines[0]).toMatchObject({
      kind: 'alone',
      estimate: { modeId: 'nftables', sizeServices: 10_000 },
    });
  });

  test('one size: no growth, slope over sizes or cross-over', () => {
    const { findings, limits } = codes({ sizesServices: [1000] });
    expect(limits).toContain('one-size');
    expect([findings.growths, findings.crossOvers]).toEqual([[], []]);
  });

  test('one round: no interval anywhere, and it says how many rounds are missing', () => {
    const { findings, limits } = codes({ rounds: 1 });
    expect(limits).toContain('few-rounds');
    const repeated = findings.estimates.filter(({ repetition }) => repetition === 'round');
    expect(repeated.length).toBeGreaterThan(0);
    expect(repeated.every(({ low, missingRounds }) => low === null && missingRounds === 3)).toBe(true);
    expect(findings.differences.every(({ verdict }) => verdict === 'unsure')).toBe(true);
    expect(findings.headlines.some(({ kind }) => kind === 'cannot-say')).toBe(true);
  });

  test('no capture: connect stands in for the handshake, and it says so', () => {
    const { findings, limits } = codes({ wire: false, policies: perRequest, requests: 400 });
    expect(limits).toContain('no-wire');
    expect(findings.estimates.some(({ quantity }) => quantity.startsWith('handshake'))).toBe(false);
    expect(findings.slopes.find(({ axis }) => axis === 'rule-index')?.quantity).toBe('connect.p50');
  });

  test('one invalid trial costs its round for the pair, and no more', () => {
    const { findings } = codes({ isInvalid: ({ index }) => index === 0 });
    const rounds = findings.differences
      .filter(({ quantity }) => quantity === 'cpu')
      .map(({ difference }) => difference.rounds);
    expect(rounds.toSorted()).toEqual([4, 5, 5, 5]);
  });
});

test('A/A runs say “different” at most 5 times in 100, and exclude 0 about as often as the family’s level says', {
  timeout: 60_000,
}, () => {
  const a = { ...NFTABLES, id: 'nftables#a' };
  const b = { ...NFTABLES, id: 'nftables#b' };
  const runs = 80;
  const counts = { different: 0, excludesZero: 0 };
  for (let seed = 1; seed <= runs; seed += 1) {
    const rounds = 5 + (seed % 5);
    const small = {
      sizesServices: [1000],
      policies: perRequest,
      targets: 1,
      requests: 40,
      rounds,
      mood: RESTLESS,
      seed,
    };
    const family = analyseRun(makeSyntheticRun({ ...small, modes: [a, b] })).differences.filter(
      ({ inFamily }) => inFamily,
    );
    expect(family.length).toBe(3);
    if (family.some(({ verdict }) => verdict === 'different')) counts.different += 1;
    if (family.some(({ excludesZero }) => excludesZero)) counts.excludesZero += 1;
  }
  expect(counts.different / runs).toBeLessThanOrEqual(0.05);
  // 5 % and two standard errors of so few runs; harness/perf/coverage.ts takes more: 900 gave 5.7 ± 0.8 %.
  expect(counts.excludesZero / runs).toBeLessThanOrEqual(0.1);
});
