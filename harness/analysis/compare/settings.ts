import { z } from 'zod';
import { policyId } from '../../experiment/load/policy.ts';
import { modeOf } from '../../mode/table.ts';
import type { ComparisonAxis, SettingDifference } from '../../model/comparison.ts';
import { type Environment, headerOfWhatRan, type Run, type RunHeader } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { StandingNode } from '../../model/target.ts';

/** Everything that can move a number, as text by name. Seeds, stop rules, margins, times and the load of the moment are no settings. */
type Settings = ReadonlyMap<string, string>;

const ABSENT = '(none)';

function flatten(prefix: string, value: unknown): [string, string][] {
  if (value === null || typeof value !== 'object') return [[prefix, String(value ?? ABSENT)]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(prefix === '' ? key : `${prefix}.${key}`, inner));
}

/** Sizes and policies differ as wholes; modes do not count, for a kernel may lack one: what both have is compared. */
function scenarioSettings({ scenario, usedRateRps }: Pick<RunHeader, 'scenario' | 'usedRateRps'>): [string, string][] {
  const { endpointsPerService, backends, targets, proxy, measure, sizesServices } = scenario;
  const { policies, ...load } = scenario.load;
  const lists = { sizesServices: sizesServices.join(', '), policies: policies.map(policyId).join(', ') };
  if (usedRateRps !== undefined) load.rateRps = usedRateRps;
  return flatten('scenario', { endpointsPerService, backends, targets, proxy, load, measure, ...lists });
}

function environmentSettings(environment: Environment): [string, string][] {
  const { testbed, execution, kernel, sysctls, operatingSystem, harnessCommit, harnessVersion } = environment;
  // What a guest's kernel keeps for itself is the kernel's, not the machine's: a guest has the memory that it was given.
  const memoryBytes = environment.guest === undefined ? environment.memoryBytes : environment.guest.memoryMib * 2 ** 20;
  const { mhz: _moment, ...cpu } = environment.cpu;
  const tools = Object.fromEntries(
    Object.entries(environment.tools).map(([name, { version, sha256 }]) => [name, { version, sha256 }]),
  );
  return flatten('', {
    testbed,
    execution,
    kernel,
    cpu,
    memoryBytes,
    operatingSystem,
    tools,
    sysctls,
    harnessCommit,
    harnessVersion,
  });
}

/** A mode's name in a comparison: along the axis `iptables` one flavour stands against the other. */
export function modeKey(modeId: string, run: Run, axis: ComparisonAxis): string {
  const modes = headerOfWhatRan(run.header).scenario.modes.filter(
    (mode) => modeOf(mode).iptables?.holdsServices === true,
  );
  const isOnlyIptables = modes.length === 1 && modes[0]?.id === modeId;
  return axis === 'iptables' && isOnlyIptables ? 'iptables' : modeId;
}

/** What ran on each mode's node; the first size speaks for all. */
function nodeSettings(run: Run, axis: ComparisonAxis): [string, string][] {
  return headerOfWhatRan(run.header).scenario.modes.flatMap(({ id }) => {
    const node = run.nodes.find(({ modeId }) => modeId === id);
    return node === undefined ? [] : settingsOfNode(node, modeKey(id, run, axis));
  });
}

function settingsOfNode(node: StandingNode, key: string): [string, string][] {
  const { proxyVersion, proxySha256, iptablesBackend } = node;
  const effectiveConfig = withoutPlace(node.effectiveConfig);
  return flatten(`node.${key}`, { proxyVersion, proxySha256, iptablesBackend, effectiveConfig });
}

/** /configz answers with one object in a wrapper. The file of the API server's address and the node's name are other ones in every run, and move no number. */
const configzSchema = z.record(
  z.string(),
  z.looseObject({
    hostnameOverride: z.string().optional(),
    clientConnection: z.looseObject({ kubeconfig: z.string().optional() }).optional(),
  }),
);

/** kube-proxy's configuration without what belongs to the place where it stood; text that is none is given back as it is. */
function withoutPlace(effectiveConfig: string | null): string | null {
  if (effectiveConfig === null) return null;
  const read = configzSchema.safeParse(parseJson(effectiveConfig));
  if (!read.success) return effectiveConfig;
  const configs = Object.entries(read.data).map(([name, { hostnameOverride: _node, clientConnection, ...config }]) => {
    const { kubeconfig: _file, ...client } = clientConnection ?? {};
    return [name, { ...config, clientConnection: client }];
  });
  return JSON.stringify(Object.fromEntries(configs));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function readSettings(run: Run, axis: ComparisonAxis): Settings {
  return new Map([
    ...scenarioSettings(run.header),
    ...environmentSettings(run.header.environment),
    ...nodeSettings(run, axis),
  ]);
}

/** Settings that belong to an axis: what necessarily changes along it. */
const OF_AXIS: Readonly<Record<ComparisonAxis, RegExp>> = {
  kernel: /^(kernel\.(release|version|options\.)|cpu\.mitigations\.|sysctls\.)/,
  kubeProxy: /^(scenario\.proxy\.version$|node\..+\.(proxyVersion|proxySha256|effectiveConfig)$|tools\.kube-proxy\b)/,
  iptables: /^(node\.iptables\.(iptablesBackend|effectiveConfig)$|tools\.(ip6?tables|xtables)\b)/,
  commit: /^(harnessCommit|harnessVersion)$/,
  testbed: /^(testbed|execution|sysctls\.|scenario\.load\.clients$|scenario\.backends$|node\..+\.effectiveConfig$)/,
};

/** A mode that one run lacks has no node there; that is a missing cell, not another setting. */
function isNodeOfMissingMode(setting: string, all: readonly Settings[]): boolean {
  return setting.startsWith('node.') && all.some((settings) => !settings.has(setting));
}

/** Measured by the kernel rather than set: each boot keeps a few KiB more or less for itself, and sizes tables by what is left. */
const MEASURED = /^(memoryBytes|sysctls\.net\.netfilter\.nf_conntrack_(max|buckets))$/;
const SAME_WITHIN = 0.01;

function isSame(setting: string, values: readonly string[]): boolean {
  if (new Set(values).size === 1) return true;
  const numbers = values.map(Number);
  return MEASURED.test(setting) && Math.max(...numbers) <= (1 + SAME_WITHIN) * Math.min(...numbers);
}

function listDifferences(all: readonly Settings[]): SettingDifference[] {
  const names = [...new Set(all.flatMap((settings) => [...settings.keys()]))].sort();
  return names
    .map((setting) => ({ setting, values: all.map((settings) => settings.get(setting) ?? ABSENT) }))
    .filter(({ setting, values }) => !isSame(setting, values));
}

/** Settings beyond the axis in which runs differ; values in the order of the runs. */
export function listSettingDifferences(runs: readonly Run[], axis: ComparisonAxis): SettingDifference[] {
  const all = runs.map((run) => readSettings(run, axis));
  return listDifferences(all).filter(
    ({ setting }) => !OF_AXIS[axis].test(setting) && !isNodeOfMissingMode(setting, all),
  );
}

/** What two looks at a place differ in: it is another machine, or this one became another. A commit that one of the two could not tell says nothing. */
export function listPlaceDifferences(before: Environment, now: Environment): SettingDifference[] {
  const isCommitKnown = before.harnessCommit !== null && now.harnessCommit !== null;
  return listDifferences([before, now].map((environment) => new Map(environmentSettings(environment)))).filter(
    ({ setting }) => setting !== 'harnessCommit' || isCommitKnown,
  );
}

/** What two standings of a mode's node differ in: another kube-proxy, or another configuration of it. */
export function listNodeDifferences(before: StandingNode, now: StandingNode): SettingDifference[] {
  return listDifferences([before, now].map((node) => new Map(settingsOfNode(node, node.modeId))));
}

/** What two scenarios would measure differently. */
export function listScenarioDifferences(before: Scenario, now: Scenario): SettingDifference[] {
  return listDifferences([before, now].map((scenario) => new Map(scenarioSettings({ scenario }))));
}

/** The run's place on the axis, as a reader names it. */
export function axisValue(run: Run, axis: ComparisonAxis): string {
  const { environment, scenario } = run.header;
  const join = (values: readonly (string | null)[]) =>
    [...new Set(values.filter((value) => value !== null))].join(', ');
  switch (axis) {
    case 'kernel':
      return environment.kernel.release;
    case 'kubeProxy':
      return join(run.nodes.map(({ proxyVersion }) => proxyVersion)) || scenario.proxy.version;
    case 'iptables':
      return join(run.nodes.map(({ iptablesBackend }) => iptablesBackend)) || ABSENT;
    case 'commit':
      return environment.harnessCommit ?? environment.harnessVersion;
    case 'testbed':
      return environment.testbed;
  }
}
