import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { startFlapping } from './testing/flapping.ts';
import {
  findLack,
  loadOnlyRun,
  MODE,
  NODE_IMAGE,
  nodeContainers,
  ownClusters,
  runBench,
  startBench,
  waitForNodes,
} from './testing/kind-machine.ts';
import { writeLeastKubeconfig } from './testing/least-rights.ts';

/**
 * The whole way on a real kind cluster, made once and kept over three runs: create, 1,000 Services, the smoke scenario, report; testbed cluster in it with the
 * least rights; used again by several clients, deleted, nothing left. Needs an engine, the kind program and images (testing/kind-machine.ts).
 */
const lack = findLack();
if (lack !== null && process.env.BENCH_KIND === 'required') throw new Error(lack);
if (lack !== null) console.warn(`kind is not tried end to end: ${lack}`);

const directory = mkdtempSync(join(tmpdir(), 'kind-e2e-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

// kube-proxy on both workers: clients of testbed cluster stand on either.
const KIND = ['--scenario', 'smoke', '--testbed', 'kind', '--modes', MODE, '--server-proxy', ...NODE_IMAGE];
const NOBODYS = [
  '--scenario',
  'smoke',
  '--testbed',
  'kind',
  '--modes',
  MODE,
  '--node-image',
  'registry.invalid/none:v0',
];
/** Little load: what is tried is the way, not the speed, and the machine may be busy. */
const SHORT = ['--rate', '100', '--duration', '1s', '--rounds', '2', '--budget', '3m'];

function newRunsDirectory(name: string): string {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
}

/** Of a whole run that came to its end: its record, with what must hold of every one. */
async function runWhole(words: readonly string[], runs: string, env: Readonly<Record<string, string>> = {}) {
  const { stderr, exitCode } = await runBench([...words, ...SHORT, '--runs-dir', runs], env);
  expect(exitCode, stderr).toBe(0);
  const { directory: place, run } = await loadOnlyRun(runs);
  const valid = run.trials.filter((trial) => trial.valid);
  // Two rounds of two policies at two sizes. Invalid for a reason is no failure: kube-proxy before 1.27 writes all rules every 30 s, and a client may be late.
  expect(run.trials.length).toBeGreaterThanOrEqual(8);
  expect(valid.length).toBeGreaterThanOrEqual(1);
  const answered = run.trials.flatMap((trial) => trial.load?.targets.flatMap((one) => Object.keys(one.backends)) ?? []);
  expect(new Set(answered).size).toBe(10);
  for (const file of ['report.html', 'summary.md']) expect(statSync(join(place, file)).size).toBeGreaterThan(1000);
  return { run, valid, stderr };
}

describe.skipIf(lack !== null)('testbed kind, end to end', () => {
  it('creates a cluster, programs 1,000 Services, measures and reports', async () => {
    const { run } = await runWhole([...KIND, '--services', '1,1000', '--keep'], newRunsDirectory('create'));
    expect(run.header.environment.testbed).toBe('kind');
    expect(run.nodes.map((node) => node.sizeServices)).toEqual([1, 1000]);
    for (const node of run.nodes) {
      expect(node.proxyMode).toBe('iptables');
      expect(node.iptablesBackend).toBe(MODE.replace('iptables-', ''));
      expect(node.effectiveConfig).toContain('ClusterCIDR');
    }
    const [one, thousand] = run.nodes;
    expect((thousand?.kernelObjects.serviceJumps ?? 0) - (one?.kernelObjects.serviceJumps ?? 0)).toBe(999);
    expect((thousand?.kernelObjects.natRules ?? 0) - (one?.kernelObjects.natRules ?? 0)).toBe(999 * (2 + 3 * 10));
    for (const trial of run.trials.filter(({ plan }) => plan.policyId === 'per-request')) {
      expect(trial.wire?.targets.length).toBeGreaterThan(0);
      expect(trial.groups['client-node']?.loadCores).toBeGreaterThan(0);
      expect(trial.groups.nginx?.rssBytes).toBeGreaterThan(0);
    }
    // NGINX's CPU is told in hundredths of a second for each process: a short trial can see none of it, the whole run cannot.
    const nginxCores = run.trials.reduce((sum, trial) => sum + (trial.groups.nginx?.loadCores ?? 0), 0);
    expect(nginxCores).toBeGreaterThan(0);
    expect(ownClusters('kept')).toHaveLength(1);
  });

  it('testbed cluster measures a cluster with no more rights than infra/kubernetes/rbac.yaml grants, by four pods, and takes its namespaces away', async () => {
    const [cluster = ''] = ownClusters('kept');
    const KUBECONFIG = await writeLeastKubeconfig(cluster, directory);
    const words = ['--scenario', 'smoke', '--testbed', 'cluster', '--context', 'runner', '--services', '1,50'];
    const { run, valid } = await runWhole([...words, '--clients', '4'], newRunsDirectory('cluster'), { KUBECONFIG });
    expect(run.nodes.map((node) => node.proxyMode)).toEqual(['iptables', 'iptables']);
    for (const trial of valid) expect(trial.groups['kube-proxy']).toBeDefined();
    const administrator = join(directory, 'administrator.kubeconfig');
    const words2 = [
      '--kubeconfig',
      administrator,
      'get',
      'namespaces',
      '-l',
      'service-routing-bench/owner',
      '-o',
      'name',
    ];
    const { stdout } = spawnSync('kubectl', words2, { encoding: 'utf8' });
    // Those of the kept run are its own.
    expect(stdout.split('\n').filter((name) => /bench-[0-9a-f]{6}-/.test(name))).toEqual([]);
  });

  it('a cluster whose endpoints change all the time is told before the first trial, and its trials count', async () => {
    const [cluster = ''] = ownClusters('kept');
    const KUBECONFIG = await writeLeastKubeconfig(cluster, directory);
    const stop = startFlapping(join(directory, 'administrator.kubeconfig'));
    try {
      const words = ['--scenario', 'smoke', '--testbed', 'cluster', '--context', 'runner', '--services', '1,50'];
      const { run, stderr } = await runWhole(words, newRunsDirectory('living'), { KUBECONFIG });
      expect(stderr).toMatch(/warning: context runner: kube-proxy synchronises about every [0-9.]+ s[\s\S]*trial 0/);
      expect(run.header.warnings.map(({ code }) => code)).toContain('constant-syncs');
      const synced = run.trials.filter(({ syncs }) => syncs.length > 0);
      expect(synced.length).toBeGreaterThan(0);
      for (const trial of synced) {
        expect(trial.invalid.map(({ code }) => code)).not.toContain('sync-in-trial');
        expect(trial.warnings.map(({ code }) => code)).toContain('sync-in-trial');
      }
    } finally {
      await stop();
    }
  });

  it('a kept cluster is used again, by four client pods, and deleted by a run that is not told to keep it', async () => {
    const [cluster = ''] = ownClusters('kept');
    const { run } = await runWhole([...KIND, '--services', '1,50', '--clients', '4'], newRunsDirectory('again'));
    expect(run.nodes.map((node) => node.sizeServices)).toEqual([1, 50]);
    expect(ownClusters('kept')).toEqual([]);
    expect(nodeContainers(cluster)).toEqual([]);
  });

  it('one at a time, each mode is measured on a cluster made for it, mode none straight to the pods, and nothing is left', async () => {
    const modes = ['none', MODE];
    const words = ['--scenario', 'smoke', '--testbed', 'kind', '--clusters', 'one-at-a-time', ...NODE_IMAGE];
    const little = ['--services', '1', '--keepalive', 'none', '--rate', '100', '--duration', '1s', '--rounds', '1'];
    const runs = newRunsDirectory('one-at-a-time');
    const { stderr, exitCode } = await runBench([...words, '--modes', modes.join(), ...little, '--runs-dir', runs]);
    expect(exitCode, stderr).toBe(0);
    const { run } = await loadOnlyRun(runs);
    expect(run.header.plan.standing).toBe('one-at-a-time');
    expect(run.header.warnings.map(({ code }) => code)).toContain('one-cluster-at-a-time');
    expect(run.trials.filter(({ load }) => load !== null).map(({ plan }) => plan.modeId)).toHaveLength(2);
    expect(new Set(run.trials.map(({ plan }) => plan.modeId))).toEqual(new Set(modes));
    const rules = (modeId: string) => run.nodes.find((node) => node.modeId === modeId)?.kernelObjects.natRules ?? 0;
    expect([rules('none'), rules(MODE) > 0]).toEqual([0, true]);
    expect(ownClusters('owned')).toEqual([]);
  });

  it('a node image that nobody has ends in one message with the decisive lines, exit 3, and leaves nothing', async () => {
    const { stderr, exitCode } = await runBench([...NOBODYS, '--runs-dir', newRunsDirectory('nobodys')]);
    expect(exitCode, stderr).toBe(3);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(stderr).toContain('registry.invalid/none:v0');
    expect(stderr).toMatch(/→ name a node image/);
    expect(ownClusters('owned')).toEqual([]);
  });

  it('a mode that the kernel or the node image does not have is refused by name before anything is created', async () => {
    const words = ['--scenario', 'smoke', '--testbed', 'kind', '--node-image', 'kindest/node:v1.20.2', '--modes'];
    const runs = newRunsDirectory('refused');
    const { stderr, exitCode } = await runBench([...words, 'nftables', '--runs-dir', runs]);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toMatch(/nftables: .*1\.20\.2 has no mode nftables/);
    expect(ownClusters('owned')).toEqual([]);
  });

  it('what a killed run left is removed by the next one', async () => {
    const killed = startBench([...KIND, '--runs-dir', newRunsDirectory('killed')]);
    killed.stderr.resume();
    killed.stdout.resume();
    const created = await waitForNodes();
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect(nodeContainers(created).length).toBeGreaterThan(0);
    await runBench([...NOBODYS, '--runs-dir', newRunsDirectory('after-killed')]);
    expect(ownClusters('owned')).toEqual([]);
    expect(nodeContainers(created)).toEqual([]);
  });

  it('Ctrl-C in the middle of a creation ends with exit 130 and leaves nothing', async () => {
    const child = startBench([...KIND, '--runs-dir', newRunsDirectory('interrupted')]);
    const errors = text(child.stderr);
    child.stdout.resume();
    const created = await waitForNodes();
    child.kill('SIGINT');
    const [exitCode] = await once(child, 'close');
    expect(exitCode, await errors).toBe(130);
    expect(nodeContainers(created)).toEqual([]);
  });
});
