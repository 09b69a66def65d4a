import { expect, test } from 'vitest';
import { nameOfFlag } from '../model/setting.ts';
import { FLAG_GROUPS } from './command-line.ts';
import type { Override } from './overrides.ts';
import { parseScenario } from './parse.ts';
import { SETTINGS } from './settings.ts';
import { placedFlags, settleTestbed } from './settle-testbed.ts';

const settle = (asked: Parameters<typeof settleTestbed>[0], flags: readonly string[]) =>
  settleTestbed(asked, placedFlags(flags));

const wrongFlags = (settled: ReturnType<typeof settleTestbed>) =>
  settled.kind === 'wrong'
    ? settled.problems.map(({ at, message }) => `${at.kind === 'flag' ? at.flag : at.path.join('.')} ${message}`)
    : settled.testbed;

test.each([
  [[], 'auto'],
  [['--kernel'], 'vm'],
  [['--vcpus', '--memory'], 'vm'],
  [['--kernel', '--kube-proxy'], 'vm'],
  [['--context'], 'cluster'],
  [['--context', '--client-image', '--keep'], 'cluster'],
  [['--node-image', '--server-proxy'], 'kind'],
  [['--kube-proxy', '--server-proxy'], 'auto'],
  [['--debian-archive', '--release-base'], 'auto'],
])('%j with testbed auto: %s', (flags, testbed) => {
  expect(settle('auto', flags)).toEqual({ kind: 'settled', testbed });
});

test('a flag that the chosen testbed cannot use is refused by name, with the testbed that can', () => {
  const placed = FLAG_GROUPS.flatMap(({ flags }) => flags.filter(({ place }) => place !== undefined));
  expect(placed.length).toBeGreaterThan(15);
  for (const { flag, testbeds } of placed.map((one) => ({
    flag: nameOfFlag(one),
    testbeds: one.place?.testbeds ?? [],
  })))
    for (const testbed of ['netns', 'vm', 'kind', 'cluster'] as const) {
      const settled = settle(testbed, [flag]);
      expect(settled.kind, `${flag} in ${testbed}`).toBe(testbeds.includes(testbed) ? 'settled' : 'wrong');
      if (settled.kind === 'wrong') expect(settled.problems[0]?.message).toContain(`--testbed ${testbeds[0]}`);
    }
});

test('flags that no testbed has together, and those of two testbeds that auto does not choose from, are refused', () => {
  expect(wrongFlags(settle('auto', ['--kernel', '--clusters']))).toHaveLength(2);
  expect(wrongFlags(settle('auto', ['--kube-proxy', '--context']))).toHaveLength(2);
  expect(wrongFlags(settle('auto', ['--keep']))).toEqual([
    '--keep is for testbed kind or cluster: say which with --testbed',
  ]);
});

test('a scenario takes the testbed that its flags ask for, unless its file says another', () => {
  const source = (text: string) => ({ name: 'mine', file: 'mine.yaml', text });
  const text = 'services: 1\nmodes: [nftables]\n';
  expect(parseScenario(source(text), [], ['--kernel']).testbed).toBe('vm');
  expect(() => parseScenario(source(`${text}testbed: netns\n`), [], ['--kernel'])).toThrow(/--kernel.*not netns/);
  expect(() => parseScenario(source(`${text}axis: {kernel: [host]}\ntestbed: vm\n`), [], ['--kernel'])).toThrow(
    /axis.kernel/,
  );
});

const problemsOf = (text: string, overrides: readonly Override[] = []) => {
  try {
    return parseScenario({ name: 'mine', file: 'mine.yaml', text }, overrides).testbed;
  } catch (error) {
    return (error as Error).message;
  }
};
const scenario = (more: string, testbed = 'netns') => `services: 1\nmodes: [nftables]\ntestbed: ${testbed}\n${more}\n`;

test.each([
  ['kubernetes: {contexts: [prod]}', 'kubernetes.contexts', 'netns', 'cluster'],
  ['kubernetes: {nodeImage: "kindest/node:v1.34.0"}', 'kubernetes.nodeImage', 'netns', 'kind'],
  ['kubernetes: {clusters: one-at-a-time}', 'kubernetes.clusters', 'cluster', 'kind'],
  ['kubernetes: {nginxImage: "nginx:1.27"}', 'kubernetes.nginxImage', 'vm', 'kind'],
  ['kubernetes: {clientImage: "node:22"}', 'kubernetes.clientImage', 'netns', 'kind'],
  ['kubernetes: {clientNodes: {pool: a}}', 'kubernetes.clientNodes', 'kind', 'cluster'],
  ['kubernetes: {serverNodes: {pool: a}}', 'kubernetes.serverNodes', 'netns', 'cluster'],
  ['kubernetes: {prometheus: "http://p.example"}', 'kubernetes.prometheus', 'kind', 'cluster'],
  ['kubernetes: {proxyMetrics: "10249"}', 'kubernetes.proxyMetrics', 'netns', 'cluster'],
  ['proxy: {version: "1.30.0"}', 'proxy.version', 'kind', 'netns'],
  ['proxy: {serverProxy: true}', 'proxy.serverProxy', 'cluster', 'netns'],
  ['axis: {kubeProxy: ["1.30.0", "1.31.0"]}', 'axis.kubeProxy', 'kind', 'netns'],
  ['axis: {kernel: ["debian:trixie"]}', 'axis.kernel', 'netns', 'vm'],
])('a file that says %s is refused by its place where testbed %s cannot use it', (more, key, testbed, other) => {
  const said = problemsOf(scenario(more, testbed));
  expect(said).toMatch(new RegExp(`^mine\\.yaml:4:\\d+: ${key}: is for testbed .*${other}.*, not ${testbed}`));
  expect(said).toContain('leave it out, or take --testbed ');
});

test('a version of one mode is refused where each cluster brings its own kube-proxy', () => {
  const text = 'services: 1\nmodes: [{name: old, mode: nftables, proxyVersion: "1.31.0"}]\ntestbed: kind\n';
  expect(problemsOf(text)).toMatch(/^mine\.yaml:2:\d+: modes\[0\]\.proxyVersion: is for testbed netns or vm, not kind/);
});

test('a file without a testbed takes the one that its values ask for, as flags do', () => {
  expect(problemsOf(scenario('kubernetes: {nodeImage: "kindest/node:v1.34.0"}', 'auto'))).toBe('kind');
  expect(problemsOf(scenario('axis: {kernel: ["debian:trixie"]}', 'auto'))).toBe('vm');
  expect(problemsOf(scenario('kubernetes: {nginxImage: "nginx:1.27"}', 'auto'))).toContain('say which with --testbed');
  expect(problemsOf(scenario('proxy: {version: "1.36.2"}', 'auto'))).toBe('auto');
  expect(problemsOf(scenario('proxy: {version: "1.36.2"}\nkubernetes: {contexts: [a]}', 'auto'))).toContain(
    'no testbed has all of these settings',
  );
});

test('values that say what is so without them ask for nothing, and a typed value stands for the file’s', () => {
  const nginxImage = SETTINGS['kubernetes.nginxImage'].fallback;
  const clientImage = SETTINGS['kubernetes.clientImage'].fallback;
  const usual = `proxy: {version: "${SETTINGS['proxy.version'].fallback}", serverProxy: false}\nkubernetes: {contexts: [], clusters: auto, clientNodes: {}, nginxImage: "${nginxImage}", clientImage: "${clientImage}"}`;
  for (const testbed of ['netns', 'vm', 'kind', 'auto']) expect(problemsOf(scenario(usual, testbed))).toBe(testbed);
  const typed = { flag: '--kube-proxy', path: ['proxy', 'version'], value: '1.35.0' };
  expect(problemsOf(scenario('proxy: {version: "1.30.0"}'), [typed])).toBe('netns');
});
