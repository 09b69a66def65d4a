import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { CommandError, type Exec, type ExecResult } from '../../system/exec.ts';
import { formatCommand } from '../../system/shell-words.ts';
import { waitFor } from '../../system/wait.ts';
import { type ClusterName, formatClusterName, parseClusterName } from './cluster-name.ts';
import { explainCreationFailure } from './create-failure.ts';
import type { Engine } from './engine.ts';
import { elsewhere } from './engine-place.ts';
import { findByStart, findContainerPid, parseStartTicks } from './node-pid.ts';

/** kind's own --wait is for the control plane; nodes come about 10 s later and are waited for by the pods that stand on them. */
const CREATE_DEADLINE_MS = 10 * 60_000;
const MAKERS_DEADLINE_MS = 60_000;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export interface KindProgram {
  readonly exec: Exec;
  readonly engine: Engine;
}

/** A node of a cluster: a container of the engine. */
export interface KindNode {
  readonly name: string;
  /** Its first process as this program sees it; `null` when it does not (it runs in a pid namespace of its own). */
  readonly pid: number | null;
}

export interface KindNodes {
  readonly controlPlane: KindNode;
  readonly client: KindNode;
  readonly server: KindNode;
}

export interface KindCluster {
  readonly name: string;
  readonly kubeConfig: KubeConfig;
  readonly reused: boolean;
}

/** kind with the engine that was found. */
export function runKind(program: KindProgram, words: readonly string[], signal?: AbortSignal): Promise<ExecResult> {
  const options = { env: program.engine.env, timeoutMs: CREATE_DEADLINE_MS };
  return program.exec.run(['kind', ...words], signal === undefined ? options : { ...options, signal });
}

async function listClusters(program: KindProgram): Promise<readonly string[]> {
  const { stdout } = await runKind(program, ['get', 'clusters', '--quiet']);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Names of the clusters that a harness made, with what the names say. */
export async function listOwnClusters(program: KindProgram): Promise<readonly (readonly [string, ClusterName])[]> {
  const names = await listClusters(program);
  return names.flatMap((name) => {
    const parsed = parseClusterName(name);
    return parsed === null ? [] : [[name, parsed] as const];
  });
}

/** Also of a cluster that was only half made, by a kind that was killed in the middle of it. */
export async function deleteCluster(program: KindProgram, name: string): Promise<void> {
  if (parseClusterName(name) === null) throw new Error(`${name} is no cluster of ours`);
  await waitForMakers(name);
  // A kubeconfig of its own, to lock and to strike the cluster from: the user's is never touched, and beside /dev/null only root may put a lock.
  const directory = await mkdtemp(join(tmpdir(), 'kind-delete-'));
  try {
    await runKind(program, ['delete', 'cluster', '--name', name, '--kubeconfig', join(directory, 'kubeconfig')]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** kind makes its nodes by commands of the engine, which outlive it: one that is under way would make its container after the deletion. */
async function waitForMakers(name: string): Promise<void> {
  await waitFor({
    look: async () => {
      const makers = findMakers(`io.x-k8s.kind.cluster=${name}`);
      return makers.length === 0
        ? { holds: true, value: null }
        : { holds: false, why: `processes ${makers.join(', ')} still make its nodes` };
    },
    deadlineMs: MAKERS_DEADLINE_MS,
    pauseMs: 100,
    onTimeout: (why) =>
      new EnvironmentError(`the cluster ${name} cannot be deleted: ${why}`, `kind delete cluster --name ${name}`),
  });
}

/** Processes of this machine that have that among their words. */
function findMakers(label: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^[0-9]+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(label);
    } catch {
      return false; // It has ended since.
    }
  });
}

export interface CreateOptions {
  readonly name: ClusterName;
  readonly config: string;
  readonly nodeImage: string | null;
  /** For the configuration and the kubeconfig: the user's own is never touched. */
  readonly directory: string;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

/**
 * Creates a cluster and resolves when its control plane is ready. Rejects with EnvironmentError that has the decisive lines of kind's output; nothing is
 * left behind then. The whole output is in `logFile`.
 */
export async function createCluster(program: KindProgram, options: CreateOptions): Promise<KindCluster> {
  const name = formatClusterName(options.name);
  const configPath = join(options.directory, `${name}.yaml`);
  const kubeconfigPath = join(options.directory, `${name}.kubeconfig`);
  await writeFile(configPath, options.config);
  const words = ['create', 'cluster', '--name', name, '--config', configPath, '--kubeconfig', kubeconfigPath];
  const image = options.nodeImage === null ? [] : ['--image', options.nodeImage];
  try {
    // --retain would keep the containers of a failed creation for their logs; -v 1 prints the kubelet's last words instead.
    const { stderr } = await runKind(program, [...words, ...image, '--wait', '180s', '-v', '1'], options.signal);
    await writeFile(options.logFile, stderr);
  } catch (error) {
    await deleteCluster(program, name).catch(() => undefined);
    if (options.signal.aborted) throw options.signal.reason;
    throw await creationError(error, ['kind', ...words, ...image], options.logFile);
  }
  return { name, kubeConfig: await readKubeConfig(kubeconfigPath), reused: false };
}

async function creationError(error: unknown, command: readonly string[], logFile: string): Promise<unknown> {
  if (!(error instanceof CommandError)) return error;
  const cause = error.cause as { stderr?: unknown; stdout?: unknown } | undefined;
  const output = `${String(cause?.stdout ?? '')}\n${String(cause?.stderr ?? error.stderrTail)}`;
  await writeFile(logFile, output);
  const { lines, remedy } = explainCreationFailure(output);
  return new EnvironmentError(
    `the kind cluster did not come up:\n${lines.map((line) => `  ${line}`).join('\n')}\n  ${formatCommand(command)}\n  (its whole output: ${logFile})`,
    remedy,
    { cause: error },
  );
}

/** Access to a cluster that stands already. */
export async function openCluster(program: KindProgram, name: string): Promise<KindCluster> {
  const { stdout } = await runKind(program, ['get', 'kubeconfig', '--name', name]);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(stdout);
  return { name, kubeConfig, reused: true };
}

async function readKubeConfig(path: string): Promise<KubeConfig> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(await readFile(path, 'utf8'));
  return kubeConfig;
}

/** kind calls workers in the order of its configuration: …-worker is the client's node, …-worker2 the server's. */
export async function findNodes(program: KindProgram, { name }: KindCluster): Promise<KindNodes> {
  const [controlPlane, client, server] = await Promise.all([
    findNode(program, `${name}-control-plane`),
    findNode(program, `${name}-worker`),
    findNode(program, `${name}-worker2`),
  ]);
  return { controlPlane, client, server };
}

/** The engine's container of a node. Rejects when it runs on another kernel than this one. */
async function findNode({ exec, engine }: KindProgram, name: string): Promise<KindNode> {
  const { stdout } = await exec.run([engine.program, 'inspect', '--format', '{{.State.Pid}} {{.Id}}', name]);
  const [pid = '', id = ''] = stdout.trim().split(' ');
  const found = findContainerPid({ id, pid: Number(pid) });
  if (found !== null) return { name, pid: found };
  // One file after the other: no command is needed in the node but cat.
  const inside = await exec.run([engine.program, 'exec', name, 'cat', BOOT_ID, '/proc/1/stat']);
  const [boot = '', stat = ''] = inside.stdout.split('\n');
  if (boot.trim() !== (await readFile(BOOT_ID, 'utf8')).trim())
    throw elsewhere(`${engine.program} made ${name} on a kernel with another boot id`, engine.program);
  return { name, pid: findByStart(parseStartTicks(stat)) };
}
