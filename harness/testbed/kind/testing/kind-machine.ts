import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadRun } from '../../../store/store.ts';
import { parseClusterName } from '../cluster-name.ts';

/** Where images cannot be pulled, ones that stand in the engine are named by these variables. */
const IMAGES = [
  ['--nginx-image', process.env.BENCH_KIND_NGINX_IMAGE],
  ['--client-image', process.env.BENCH_KIND_CLIENT_IMAGE],
].flatMap(([flag, image]) => (flag === undefined || image === undefined ? [] : [flag, image]));
export const NODE_IMAGE =
  process.env.BENCH_KIND_NODE_IMAGE === undefined ? [] : ['--node-image', process.env.BENCH_KIND_NODE_IMAGE];
/** The flavour of iptables that the engine's nodes take. */
export const MODE = process.env.BENCH_KIND_MODE ?? 'iptables-nft';

const CLI = join(import.meta.dirname, '../../../cli.ts');

/** Why nothing can be tried here; `null` when it can. BENCH_KIND=required (a CI job that has an engine) makes that a failure instead of a reason to skip. */
export function findLack(): string | null {
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

/** Starts the program as a user does. */
export function startBench(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const all = [CLI, 'bench', ...IMAGES, ...words];
  return spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
}

export async function runBench(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = startBench(words, env);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, exitCode };
}

/** The one run in a directory. */
export async function loadOnlyRun(runsDirectory: string) {
  const [name = '', ...others] = readdirSync(runsDirectory);
  if (others.length > 0) throw new Error(`more than one run in ${runsDirectory}`);
  const directory = join(runsDirectory, name);
  return { directory, run: await loadRun(directory) };
}

/** Clusters of ours that stand, whoever made them. */
export function ownClusters(kind: 'owned' | 'kept'): readonly string[] {
  const { stdout } = spawnSync('kind', ['get', 'clusters', '--quiet'], { encoding: 'utf8' });
  return stdout.split('\n').filter((name) => parseClusterName(name)?.kind === kind);
}

export function nodeContainers(cluster: string): readonly string[] {
  const filter = `label=io.x-k8s.kind.cluster=${cluster}`;
  const { stdout } = spawnSync('docker', ['ps', '-a', '--filter', filter, '--format', '{{.Names}}'], {
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((name) => name !== '');
}

/** The name of a cluster that is being made, as soon as it has a container. */
export async function waitForNodes(): Promise<string> {
  for (let look = 0; look < 240; look += 1) {
    const [name] = ownClusters('owned');
    if (name !== undefined && nodeContainers(name).length > 0) return name;
    await sleep(250);
  }
  throw new Error(`no cluster came: ${readFileSync('/proc/loadavg', 'utf8')}`);
}
