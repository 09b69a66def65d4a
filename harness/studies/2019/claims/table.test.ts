import { describe, expect, test } from 'vitest';
import { analyseRun } from '../../../analysis/analyse-run.ts';
import {
  IPVS,
  LEGACY,
  makeSyntheticRun,
  NFT,
  NFTABLES,
  type SyntheticOptions,
} from '../../../analysis/testing/synthetic-run.ts';
import type { Reason } from '../../../model/reason.ts';
import type { Run } from '../../../model/run.ts';
import type { ClaimVerdict } from '../../../model/study.ts';
import { claimsOf } from '../testing/claims-of.ts';
import { CLAIMS } from './table.ts';

const SCENARIOS = [
  'smoke',
  '1',
  '10',
  '100',
  '1k',
  '5k',
  '10k',
  'study',
  'iptables-backends',
  'aa',
  'schedulers',
  'kernels',
  'history',
];
const STUDY: Partial<SyntheticOptions> = { sizesServices: [1, 10, 100, 1000, 10_000], requests: 600, rounds: 6 };

function verdictsOf(run: Run): Record<string, ClaimVerdict> {
  return Object.fromEntries(claimsOf(run).map(({ id, verdict }) => [id, verdict]));
}

test('the table holds every claim once, in order', () => {
  const expected = [
    ...Array.from({ length: 14 }, (_, at) => `S${at + 1}`),
    ...Array.from({ length: 11 }, (_, at) => `K${at + 1}`),
  ];
  expect(CLAIMS.map(({ id }) => id)).toEqual(expected);
});

test('only numbers that the study gave as text stand as its values', () => {
  const published = CLAIMS.filter(({ published2019 }) => published2019 !== null).map(({ id }) => id);
  expect(published).toEqual(['S7', 'S8', 'S9', 'S10', 'S12', 'K1']);
});

describe('a study-like run in which iptables walks and ipvs does not', () => {
  // 20 ns per rule: enough that 10,000 Services pass the margin of 50 µs.
  const handshakeUs: SyntheticOptions['handshakeUs'] = (mode, _size, ruleIndex) =>
    20 + (mode === LEGACY ? 0.02 * (ruleIndex ?? 0) : 0);
  const run = makeSyntheticRun({ ...STUDY, handshakeUs });
  const claims = claimsOf(run);
  const of = (id: string) => claims.find((claim) => claim.id === id);

  test.each([
    ['S1', 'reproduced'],
    ['S2', 'reproduced'],
    ['S3', 'reproduced'],
    ['S4', 'reproduced'],
    ['S5', 'not reproduced'],
    ['S9', 'not reproduced'],
    ['S11', 'not measurable here'],
    ['S12', 'reproduced'],
    ['S13', 'reproduced'],
    ['S14', 'reproduced'],
    ['K1', 'reproduced'],
    ['K2', 'reproduced'],
    ['K3', 'reproduced'],
    ['K4', 'reproduced'],
    ['K5', 'inconclusive'],
    ['K6', 'reproduced'],
    ['K7', 'reproduced'],
    ['K8', 'not measurable here'],
    ['K9', 'not measurable here'],
    ['K11', 'reproduced'],
  ])('%s is %s', (id, verdict) => {
    expect(of(id)).toMatchObject({ id, verdict });
  });

  test('every verdict says why, and every verdict but “not measurable here” shows numbers', () => {
    for (const { because, numbers, verdict } of claims) {
      expect(because.length).toBeGreaterThan(10);
      if (verdict !== 'not measurable here') expect(numbers.length).toBeGreaterThan(0);
    }
  });

  test('S7 shows the published values beside the measured', () => {
    expect(
      of('S7')
        ?.numbers.map(({ label }) => label)
        .filter((label) => label.includes('published')),
    ).toHaveLength(2);
  });
});

test('where the modes are alike, S4 and S13 are not reproduced and nothing is called different', () => {
  const verdicts = verdictsOf(makeSyntheticRun({ ...STUDY, handshakeUs: () => 20, cores: () => 0.3 }));
  expect([verdicts.S4, verdicts.S13, verdicts.S2]).toEqual(['not reproduced', 'not reproduced', 'not reproduced']);
});

test('at another rate than the study’s, S7 and S8 are not measured', () => {
  const run = makeSyntheticRun({ ...STUDY, requests: 200 });
  const claims = claimsOf({ ...run, header: { ...run.header, usedRateRps: 50 } });
  for (const id of ['S7', 'S8'])
    expect(claims.find((claim) => claim.id === id)).toMatchObject({
      verdict: 'not measurable here',
      because: expect.stringContaining('50 requests/s'),
    });
});

test.each([
  ['iptables as published, ipvs as published', [0.35, 0.08], 0.001, 'reproduced'],
  ['iptables above ipvs, by other amounts', [0.2, 0.02], 0.001, 'inconclusive'],
  ['ipvs above iptables', [0.02, 0.2], 0.001, 'not reproduced'],
  ['neither as published, and both alike', [0.01, 0.01], 0.001, 'not reproduced'],
  ['too wide to tell', [0.1, 0.09], 0.3, 'inconclusive'],
] as const)('S7: %s', (_name, [iptables, ipvs], spread, verdict) => {
  let draw = 0;
  const strayed = (cores: number) => {
    draw += 1;
    return cores + spread * Math.sin(draw * 7.3);
  };
  const run = makeSyntheticRun({
    ...STUDY,
    sizesServices: [1, 10_000],
    requests: 100,
    cores: (mode, size) => strayed(0.3 + (size === 1 ? 0 : mode === LEGACY ? iptables : mode === IPVS ? ipvs : 0)),
  });
  expect(verdictsOf(run).S7).toBe(verdict);
});

test('too few rounds make the study’s claims inconclusive, not wrong', () => {
  const claims = claimsOf(makeSyntheticRun({ ...STUDY, rounds: 2, requests: 200 }));
  for (const id of ['S1', 'S4', 'S5', 'S6', 'S7', 'S13'])
    expect(claims.find((claim) => claim.id === id)).toMatchObject({ id, verdict: 'inconclusive' });
  // Where there is no interval, none can be wide or hold 0.
  for (const id of ['S1', 'S2', 'S4', 'S5', 'S6', 'S8'])
    expect(claims.find((claim) => claim.id === id)?.because).toContain('Too few rounds for an interval');
});

describe('a run without ipvs', () => {
  const run = makeSyntheticRun({ sizesServices: [1, 1000], modes: [LEGACY, NFT, NFTABLES], requests: 400, rounds: 5 });
  /** As a run stores it: the mode that was left out stands among those asked for. */
  const withRefused = (reason: Reason): Run => {
    const { scenario } = run.header;
    const header = { ...run.header, scenario: { ...scenario, modes: [LEGACY, IPVS, NFT, NFTABLES] } };
    return { ...run, header: { ...header, refusedModes: [{ mode: IPVS, reason }] } };
  };
  const claims = claimsOf(run);

  test('leaves the claims that need it not measurable, and names scenarios that there are', () => {
    for (const id of ['S1', 'S2', 'S4', 'S5', 'S6', 'S7', 'S13', 'K2', 'K3', 'K4', 'K5', 'K7']) {
      const claim = claims.find((one) => one.id === id);
      expect(claim).toMatchObject({ id, verdict: 'not measurable here' });
      expect(claim?.suppliedBy.length).toBeGreaterThan(0);
    }
    expect(claims.flatMap(({ suppliedBy }) => suppliedBy).every((name) => SCENARIOS.includes(name))).toBe(true);
  });

  test('still decides what iptables alone can decide, by the legacy flavour, and says so', () => {
    const uniform = claims.find(({ id }) => id === 'K6');
    expect(uniform?.because).toContain(LEGACY.id);
    expect(uniform?.numbers.some(({ label }) => label.startsWith(NFT.id))).toBe(true);
  });

  test('gives the kernel’s own reason when ipvs was refused, and then K10 is reproduced', () => {
    const reason = { code: 'kernel-lacks-module', message: 'the kernel has no ip_vs', remedy: 'take another kernel' };
    const refused = claimsOf(withRefused(reason));
    expect(refused.find(({ id }) => id === 'S4')?.because).toContain('the kernel has no ip_vs');
    expect(refused.find(({ id }) => id === 'K10')?.verdict).toBe('reproduced');
  });

  test('a mode that was left out is no mode that ran: the same claims as without it, less its reason', () => {
    const reason = { code: 'kernel-lacks-module', message: 'the kernel has no ip_vs', remedy: 'take another kernel' };
    const { rounds, modeIds } = analyseRun(withRefused(reason));
    const others = claimsOf(withRefused(reason));
    expect({ rounds, modeIds }).toEqual({ rounds: analyseRun(run).rounds, modeIds: [LEGACY.id, NFT.id, NFTABLES.id] });
    const verdicts = (all: typeof claims) =>
      all.filter(({ id }) => id !== 'K10').map(({ id, verdict }) => `${id} ${verdict}`);
    expect(verdicts(others)).toEqual(verdicts(claims));
    expect(others.find(({ id }) => id === 'S3')?.because).toContain(`Compared with ${NFTABLES.id}`);
  });

  test('an ipvs that was left out for want of a tool proves nothing about ip_vs', () => {
    const reason = { code: 'tool-missing', message: 'ipvsadm not found', remedy: 'apt-get install ipvsadm' };
    const k10 = claimsOf(withRefused(reason)).find(({ id }) => id === 'K10');
    expect(k10?.verdict).toBe('not measurable here');
    expect(k10?.because).toContain('ipvsadm not found');
  });
});

test('a node that answers another mode than its label makes K10 fail', () => {
  const run = makeSyntheticRun({ sizesServices: [1], requests: 100, rounds: 1 });
  const nodes = run.nodes.map((node) => (node.modeId === IPVS.id ? { ...node, proxyMode: 'iptables' } : node));
  expect(verdictsOf({ ...run, nodes }).K10).toBe('not reproduced');
});

test('rules that counted packets of open connections make S14 fail', () => {
  const run = makeSyntheticRun({ sizesServices: [10], requests: 100, rounds: 1 });
  const nodes = run.nodes.map((node) => ({
    ...node,
    ruleWalks: node.ruleWalks.map((walk) => ({ ...walk, matchedPackets: walk.requests })),
  }));
  expect(verdictsOf({ ...run, nodes }).S14).toBe('not reproduced');
});

test('backends that are not served alike make K6 fail', () => {
  const run = makeSyntheticRun({ sizesServices: [10], requests: 4000, rounds: 1 });
  const trials = run.trials.map((trial) => ({
    ...trial,
    load: trial.load && {
      ...trial.load,
      targets: trial.load.targets.map((target) => ({ ...target, connectionBackends: { a: 300, b: 100 } })),
    },
  }));
  expect(verdictsOf({ ...run, trials }).K6).toBe('not reproduced');
});

test('a run in which nothing is valid decides nothing that needs trials', () => {
  const claims = claimsOf(makeSyntheticRun({ ...STUDY, requests: 100, rounds: 1, isInvalid: () => true }));
  for (const id of ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S13', 'K6']) {
    expect(claims.find((claim) => claim.id === id)).toMatchObject({ id, verdict: 'not measurable here' });
  }
});
