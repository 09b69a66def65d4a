import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { loadRun } from '../../run/store.ts';
import { parseClusterName } from './cluster-name.ts';

/**
 * The whole way on a real kind cluster: create, 1,000 Services, the smoke scenario, report, delete, nothing left. Needs an engine, the kind program and images;
 * where they cannot be pulled, ones that stand in the engine are named by these variables.
 */
const IMAGES = [
  ['--node-image', process.env.BENCH_KIND_NODE_IMAGE],
  ['--nginx-image', process.env.BENCH_KIND_NGINX_IMAGE],
  ['--client-image', process.env.BENCH_KIND_CLIENT_IMAGE],
].flatMap(([flag, image]) => (flag === undefined || image === undefined ? [] : [flag, image]));
const MODE = process.env.BENCH_KIND_MODE ?? 'iptables-nft';
const CLI = join(import.meta.dirname, '../../cli.ts');

/** Why it cannot run here; `null` when it can. BENCH_KIND=required (a CI job that has an engine) makes that a failure instead of a reason to skip. */
function findLack(): string | null {
  for (const command of [
    ['kind', 'version'],
    ['docker', 'info', '--format', '{{.ServerVersion}}'],
  ]) {
    const [file = '', ...args] = command;
    const { status, error } = spawnSync(file, args, { encoding: 'utf8', timeout: 20_000 });
    if (error !== undefined) return `${file} is not installed`;
    if (status !== 0) return `${command.join(' ')} fails: there is no container engine that answers`;
  }
  return null;
}

const lack = findLack();
if (lack !== null && process.env.BENCH_KIND === 'required') throw new Error(lack);
if (lack !== null) console.warn(`kind is not tried end to end: ${lack}`);

const runs = mkdtempSync(join(tmpdir(), 'kind-e2e-'));
afterAll(() => rmSync(runs, { recursive: true, force: true }));

function startBench(words: readonly string[]) {
  const all = [CLI, 'bench', '--testbed', 'kind', '--runs-dir', runs, ...IMAGES, ...words];
  return spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function runBench(words: readonly string[]) {
  const child = startBench(words);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, exitCode };
}

/** Clusters of ours that stand, whoever made them. */
function ownClusters(): readonly string[] {
  const { stdout } = spawnSync('kind', ['get', 'clusters', '--quiet'], { encoding: 'utf8' });
  return stdout.split('\n').filter((name) => parseClusterName(name)?.kind === 'owned');
}

function nodeContainers(cluster: string): readonly string[] {
  const filter = `label=io.x-k8s.kind.cluster=${cluster}`;
  const { stdout } = spawnSync('docker', ['ps', '-a', '--filter', filter, '--format', '{{.Names}}'], {
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((name) => name !== '');
}

describe.skipIf(lack !== null)('testbed kind, end to end', { timeout: 600_000 }, () => {
  it('creates a cluster, programs 1,000 Services, measures, reports, deletes it, and leaves nothing', async () => {
    const sizes = [
      '--services',
      '1,1000',
      '--modes',
      MODE,
      '--rate',
      '200',
      '--duration',
      '2s',
      '--rounds',
      '2-6',
      '--budget',
      '8m',
    ];
    const { stderr, exitCode } = await runBench(['--scenario', 'smoke', ...sizes]);
    expect(exitCode, stderr).toBe(0);
    const [name = ''] = readdirSync(runs).filter((entry) => entry.endsWith('-smoke'));
    const run = await loadRun(join(runs, name));
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
    const valid = run.trials.filter((trial) => trial.valid);
    expect(valid.length).toBeGreaterThanOrEqual(4);
    for (const trial of valid) {
      expect(trial.wire?.targets.length).toBeGreaterThan(0);
      expect(trial.groups['client-node']?.loadCores).toBeGreaterThan(0);
      expect(trial.groups.nginx?.loadCores).toBeGreaterThan(0);
      const backends = trial.load?.targets.flatMap((target) => Object.keys(target.backends)) ?? [];
      expect(new Set(backends).size).toBe(10);
    }
    for (const file of ['report.html', 'summary.md'])
      expect(statSync(join(runs, name, file)).size).toBeGreaterThan(1000);
    expect(ownClusters()).toEqual([]);
  });

  it('a node image that nobody has ends in one message with the decisive lines, exit 3, and leaves nothing', async () => {
    const { stderr, exitCode } = await runBench([
      ...['--scenario', 'smoke', '--modes', MODE],
      ...['--node-image', 'registry.invalid/no-such-node:v0'],
    ]);
    expect(exitCode, stderr).toBe(3);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(stderr).toContain('registry.invalid/no-such-node:v0');
    expect(stderr).toMatch(/→ name a node image/);
    expect(ownClusters()).toEqual([]);
  });

  it('what a killed run left is removed by the next one, and a cluster of another name is not touched', async () => {
    const killed = startBench(['--scenario', 'smoke', '--modes', MODE]);
    killed.stderr.resume();
    killed.stdout.resume();
    const created = await waitForNodes();
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect(nodeContainers(created).length).toBeGreaterThan(0);
    await runBench(['--scenario', 'smoke', '--modes', MODE, '--node-image', 'registry.invalid/no-such-node:v0']);
    expect(ownClusters()).toEqual([]);
    expect(nodeContainers(created)).toEqual([]);
  });

  it('Ctrl-C in the middle of a creation ends with exit 130 and leaves nothing', async () => {
    const child = startBench(['--scenario', 'smoke', '--modes', MODE]);
    const errors = text(child.stderr);
    child.stdout.resume();
    const created = await waitForNodes();
    child.kill('SIGINT');
    const [exitCode] = await once(child, 'close');
    expect(exitCode, await errors).toBe(130);
    expect(nodeContainers(created)).toEqual([]);
  });
});

async function waitForNodes(): Promise<string> {
  for (let look = 0; look < 240; look += 1) {
    const [name] = ownClusters();
    if (name !== undefined && nodeContainers(name).length > 0) return name;
    await sleep(250);
  }
  throw new Error(`no cluster came: ${readFileSync('/proc/loadavg', 'utf8')}`);
}
