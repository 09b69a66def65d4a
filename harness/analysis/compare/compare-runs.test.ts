import { describe, expect, test } from 'vitest';
import { comparisonSchema } from '../../model/comparison.ts';
import type { Run } from '../../model/run.ts';
import { type MachineMood, normal } from '../testing/shapes.ts';
import { IPVS, LEGACY, makeSyntheticRun, NFT, NFTABLES, type SyntheticOptions } from '../testing/synthetic-run.ts';
import { compareRuns } from './compare-runs.ts';

const SMALL: Partial<SyntheticOptions> = {
  sizesServices: [1, 10_000],
  policies: [{ kind: 'per-request' }],
  modes: [LEGACY, NFTABLES],
  requests: 200,
  rounds: 6,
};

function onKernel(
  release: string,
  overrides: Partial<SyntheticOptions>,
  execution: Run['header']['environment']['execution'] = 'native',
): Run {
  const run = makeSyntheticRun({ ...SMALL, ...overrides });
  const { environment } = run.header;
  const kernel = { ...environment.kernel, release };
  return { ...run, header: { ...run.header, id: `on-${release}`, environment: { ...environment, kernel, execution } } };
}

const base = onKernel('6.1', { seed: 1 });
const alike = onKernel('6.12', { seed: 2 });
/** The same, 40 µs slower in iptables mode at every size. */
const slower = onKernel('6.18', { seed: 3, handshakeUs: (mode) => (mode === LEGACY ? 124 : 20) });
/** A machine that hardly changes (1 %). Runs are not paired, so a mood of 8 % leaves ±5 µs after six rounds: more than the handshake's margin. */
const CALM: MachineMood = {
  name: 'calm',
  draw: (rounds, trialsPerRound, random) =>
    Array.from({ length: rounds }, () => Array.from({ length: trialsPerRound }, () => Math.exp(0.01 * normal(random)))),
};
const byKernel = { axis: 'kernel', forced: false, rules: [] } as const;

const handshakesOf = ({ cells }: ReturnType<typeof compareRuns>) =>
  cells.filter(({ quantity }) => quantity.startsWith('handshake.'));

test('runs on two kernels that differ in nothing else are comparable, and what did not change is not different', () => {
  const comparison = compareRuns([base, alike], byKernel);
  comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)));
  expect(comparison.otherDifferences).toEqual([]);
  expect(comparison.runs.map(({ axisValue }) => axisValue)).toEqual(['6.1', '6.12']);
  const handshakes = handshakesOf(comparison);
  expect(handshakes.length).toBe(12);
  expect(handshakes.filter(({ verdict }) => verdict === 'different')).toEqual([]);
});

test('what did not change is equivalent by the handshake’s own margin, where the machine is calm and requests are many', () => {
  // So many, because p99 over targets from the first rule to the last strays by some 3 µs in a trial of 4,000.
  const calm = (release: string, seed: number) => onKernel(release, { seed, mood: CALM, requests: 20_000 });
  const handshakes = handshakesOf(compareRuns([calm('6.1', 1), calm('6.12', 2)], byKernel));
  expect(handshakes.map(({ verdict }) => verdict)).toEqual(new Array(12).fill('equivalent'));
});

describe('a rule', () => {
  const check = (other: Run, rule: string) => compareRuns([base, other], { ...byKernel, rules: [rule] }).rules[0];

  test('is broken where the whole interval lies beyond it, and named by cell', () => {
    const rule = check(slower, 'handshake.p50>10%');
    // iptables was 19 µs at 1 Service and about 55 at 10,000; now it is 124 at both.
    expect(rule?.broken.map(({ modeId, sizeServices }) => [modeId, sizeServices])).toEqual([
      [LEGACY.id, 1],
      [LEGACY.id, 10_000],
    ]);
    expect(rule?.checked).toBe(4);
  });

  test('in µs allows what a rule in % does not', () => {
    expect(check(slower, 'handshake.p50>500us')?.broken).toEqual([]);
    expect(check(slower, 'handshake.p50>75us')?.broken.map(({ sizeServices }) => sizeServices)).toEqual([1]);
  });

  test('is not broken by chance between runs that are alike', () => {
    for (const rule of ['rtt.p50>5%', 'handshake.p50>10%', 'cpu>20%', 'programming>1%'])
      expect(check(alike, rule)?.broken).toEqual([]);
  });

  test('on something that was not measured is refused, not kept', () => {
    const deaf = onKernel('6.18', { wire: false });
    expect(() => check(deaf, 'handshake.p50>10%')).toThrow(/no such quantity in common/);
  });
});

test('runs that differ in more than the axis name every setting, with both values', () => {
  const { environment } = base.header;
  const other = {
    ...alike,
    header: { ...alike.header, environment: { ...alike.header.environment, memoryBytes: 4e9 } },
  };
  expect(compareRuns([base, other], byKernel).otherDifferences).toEqual([
    { setting: 'memoryBytes', values: [String(environment.memoryBytes), '4000000000'] },
  ]);
  expect(
    compareRuns([base, alike], { ...byKernel, axis: 'commit', forced: true }).otherDifferences.map(
      ({ setting }) => setting,
    ),
  ).toEqual(['kernel.release']);
});

test('a machine with a few KiB of memory more or less, as each boot leaves them, is the same machine; 2 % are another', () => {
  const { memoryBytes } = base.header.environment;
  const withMemory = (run: Run, bytes: number, buckets: string): Run => {
    const sysctls = { 'net.netfilter.nf_conntrack_max': buckets };
    return {
      ...run,
      header: { ...run.header, environment: { ...run.header.environment, memoryBytes: bytes, sysctls } },
    };
  };
  const differences = (bytes: number, buckets: string) =>
    compareRuns([withMemory(base, memoryBytes, '262144'), withMemory(base, bytes, buckets)], {
      ...byKernel,
      axis: 'testbed',
    }).otherDifferences.map(({ setting }) => setting);
  expect(differences(memoryBytes - 8192, '262144')).toEqual([]);
  expect(differences(Math.round(memoryBytes * 0.991), '262144')).toEqual([]);
  expect(differences(Math.round(memoryBytes * 0.98), '262144')).toEqual(['memoryBytes']);
});

test('two runs of one id, as two machines can have them, stay two', () => {
  const { id } = base.header;
  const other = { ...slower, header: { ...slower.header, id } };
  const comparison = compareRuns([base, other], byKernel);
  expect(comparison.runs.map(({ runId, axisValue }) => [runId, axisValue])).toEqual([
    [id, '6.1'],
    [`${id}-2`, '6.18'],
  ]);
  expect(new Set(comparison.cells.map(({ runId }) => runId))).toEqual(new Set([`${id}-2`]));
});

test('along the axis commit, runs whose commit is not known and whose version is one are refused', () => {
  const byCommit = { ...byKernel, axis: 'commit' } as const;
  expect(() => compareRuns([base, alike], byCommit)).toThrow(/commit of on-6\.1, on-6\.12 is not known/);
  const known = (run: Run, harnessCommit: string): Run => ({
    ...run,
    header: { ...run.header, environment: { ...run.header.environment, harnessCommit } },
  });
  expect(compareRuns([known(base, 'a'), known(alike, 'b')], byCommit).cells.length).toBeGreaterThan(0);
});

/** What /configz says of a kube-proxy at some place, in a mode. */
function withConfig(run: Run, place: number, mode: string): Run {
  const config = {
    mode,
    hostnameOverride: `node-${place}`,
    clientConnection: { kubeconfig: `/tmp/${place}/kubeconfig`, qps: 5 },
  };
  const effectiveConfig = JSON.stringify({ 'kubeproxy.config.k8s.io': config });
  return { ...run, nodes: run.nodes.map((node) => ({ ...node, effectiveConfig })) };
}

test('where kube-proxy stood is no setting, how it was configured is', () => {
  const differences = (other: Run) =>
    compareRuns([withConfig(base, 1, 'iptables'), other], { ...byKernel, axis: 'kernel' }).otherDifferences;
  expect(differences(withConfig(alike, 2, 'iptables'))).toEqual([]);
  expect(differences(withConfig(alike, 2, 'ipvs')).map(({ setting }) => setting)).toEqual([
    `node.${LEGACY.id}.effectiveConfig`,
    `node.${NFTABLES.id}.effectiveConfig`,
  ]);
});

describe('the overview', () => {
  const only = (run: Run, modeId: string): Run => ({
    ...run,
    nodes: run.nodes.filter((node) => node.modeId === modeId),
    trials: run.trials.filter((trial) => trial.plan.modeId === modeId),
  });
  const { overview = [] } = compareRuns([base, slower, only(alike, LEGACY.id)], byKernel);
  const nameOf = ({ quantity, axis }: (typeof overview)[number]) =>
    axis === null ? quantity : `${quantity} by ${axis}`;
  const row = (name: string, modeId: string, sizeServices: number | null = 10_000) =>
    overview.find((one) => nameOf(one) === name && one.modeId === modeId && one.sizeServices === sizeServices);

  test('gives the handshake per rule in every run, where rules have an order', () => {
    // 6.5 ns a rule in the base; the slower one takes the same at every rule, but for what a machine's moods leave of 40 µs more.
    const [first, second, third] = row('handshake.p50 by rule-index', LEGACY.id)?.values ?? [];
    expect(first?.value).toBeCloseTo(6.5, 0);
    expect(Math.abs(second?.value ?? 9)).toBeLessThan(2);
    expect(third?.value).toBeCloseTo(6.5, 0);
    expect(row('handshake.p50 by rule-index', NFTABLES.id)).toBeUndefined();
  });

  test('has null where a run lacks the mode', () => {
    expect(row('handshake.p50 by services', NFTABLES.id, null)?.values.map((one) => one === null)).toEqual([
      false,
      false,
      true,
    ]);
    expect(row('programming.settled', NFTABLES.id)?.values.map((one) => one === null)).toEqual([false, false, true]);
  });

  test('goes quantity by quantity, the largest size first', () => {
    expect([...new Set(overview.map((one) => `${nameOf(one)} ${one.sizeServices}`))]).toEqual([
      'programming.settled 10000',
      'programming.settled 1',
      'change.latency 10000',
      'change.latency 1',
      'handshake.p50 by rule-index 10000',
      'handshake.p50 by services null',
      'cpu.perConnection 10000',
      'cpu.perConnection 1',
    ]);
    expect(row('cpu.perConnection', LEGACY.id, 1)?.values).toHaveLength(3);
  });
});

test('an emulated run is never compared with a native one, forced or not', () => {
  const emulated = onKernel('6.12', { seed: 2 }, 'emulated');
  expect(() => compareRuns([base, emulated], { ...byKernel, forced: true })).toThrow(/emulated/);
  expect(compareRuns([onKernel('6.1', {}, 'emulated'), emulated], byKernel).cells.length).toBeGreaterThan(0);
});

test('along the axis iptables one flavour stands against the other', () => {
  const nft = makeSyntheticRun({ ...SMALL, modes: [NFT, NFTABLES], seed: 5 });
  const comparison = compareRuns([makeSyntheticRun({ ...SMALL, seed: 4 }), nft], { ...byKernel, axis: 'iptables' });
  expect(comparison.runs.map(({ axisValue }) => axisValue)).toEqual(['legacy', 'nft']);
  expect(comparison.otherDifferences).toEqual([]);
  const one = comparison.cells.find(
    ({ modeId, sizeServices, quantity }) =>
      modeId === LEGACY.id && sizeServices === 10_000 && quantity === 'handshake.p50',
  );
  // 8.5 ns more per rule over targets spread evenly over 10,000: about 45 µs.
  expect(one?.difference.low).toBeGreaterThan(30);
});

test('a mode that one run lacks is a missing cell, not another setting', () => {
  const withIpvs = onKernel('6.12', { modes: [LEGACY, NFTABLES, IPVS] });
  const comparison = compareRuns([base, withIpvs], byKernel);
  expect(comparison.otherDifferences).toEqual([]);
  expect(comparison.missing?.map(({ modeId }) => modeId)).toEqual(new Array(4).fill(IPVS.id));
});

test('one run, or runs with nothing in common, are refused', () => {
  expect(() => compareRuns([base], byKernel)).toThrow(/one run/);
  expect(() => compareRuns([base, onKernel('6.12', { modes: [IPVS] })], byKernel)).toThrow(/share no size/);
});
