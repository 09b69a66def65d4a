import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch, cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { readUsableMemoryBytes } from '../measure/memory.ts';
import { isFloor, LISTED_MODES, modeOf } from '../mode/table.ts';
import { findModeVersionReason } from '../mode/version.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { Reason } from '../model/reason.ts';
import { findCachedKubeProxy } from '../supply/kube-proxy/binary.ts';
import { findGo } from '../supply/kube-proxy/module-build.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../supply/kube-proxy/version.ts';
import { findToolReason, type Lack, toLack } from '../supply/packages/ensure.ts';
import { formatInstallation, type Machine } from '../supply/packages/installation.ts';
import { PREREQUISITES, type Prerequisite } from '../supply/packages/prerequisites.ts';
import { findToolState, type ToolState } from '../supply/packages/tool-state.ts';
import { type Allowance, formatLimit, readAllowance, usableCores } from '../system/allowance.ts';
import { nameAnother } from '../system/atomic-file.ts';
import type { Exec } from '../system/exec.ts';
import { findTool } from '../system/find-tool.ts';
import { findHome } from '../system/home.ts';
import { PROJECT } from '../system/project.ts';
import { asRoot } from '../system/root-command.ts';
import { CACHE_MOVED_BY, findCacheDirectory } from '../system/xdg.ts';
import { NO_NAMESPACES, probeModes } from '../testbed/mode-support.ts';

/** A thing that was looked at. `lacks` is empty when all is well with it; `blocks`: the smoke scenario cannot run while something lacks here. */
export interface Finding {
  readonly name: string;
  /** What was found, for people. */
  readonly value: string;
  readonly lacks: readonly Reason[];
  readonly blocks: boolean;
}

/** The whole state of a machine, as far as measuring on it goes. */
export interface Diagnosis {
  readonly schemaVersion: 1;
  readonly system: readonly Finding[];
  readonly tools: readonly Finding[];
  readonly modes: readonly Finding[];
  readonly testbeds: readonly Finding[];
  /** Installs every missing tool of the laboratory at once; `null` when none is missing. */
  readonly installCommand: string | null;
  readonly smokeCanRun: boolean;
}

export interface DiagnosisWorld {
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly machine: Machine;
}

export async function diagnose(world: DiagnosisWorld): Promise<Diagnosis> {
  const [support, examined, system, kind] = await Promise.all([
    probeModes(LISTED_MODES, world.exec, world.machine.user),
    Promise.all(PREREQUISITES.map(async (one) => ({ one, state: await findToolState(one, world) }))),
    findSystemState(world),
    kindFinding(world),
  ]);
  const own = examined.filter(({ one }) => one.neededFor !== 'guest');
  const tools = own.map((tool) => toolFinding(tool, world));
  const lacks = examined.map(({ one, state }) => toLack(one, state)).filter((one) => one !== null);
  const judged = support.map((one) => withToolReason(one, lacks, world.machine));
  const modes = judged.map(modeFinding);
  const netns = netnsFinding(tools, support);
  const testbeds = [netns, vmFinding(examined, world, support), kind, await clusterFinding(world.env)];
  const smokeCanRun = [...system, ...tools, netns].every((one) => !one.blocks) && measuredModes(judged).length > 0;
  return { schemaVersion: 1, system, tools, modes, testbeds, installCommand: installAll(own, world), smokeCanRun };
}

/** What a mode's own tools lack, as the check before a run says it. */
function withToolReason(support: ModeSupport, lacks: readonly Lack[], machine: Machine): ModeSupport {
  const reason = findToolReason(support.mode, lacks, machine);
  return reason === null ? support : { mode: support.mode, supported: false, reason };
}

/** A tool of the table, and how it was found. */
interface Examined {
  readonly one: Prerequisite;
  readonly state: ToolState;
}

function installAll(examined: readonly Examined[], { machine }: DiagnosisWorld): string | null {
  const missing = examined.filter(({ state }) => state.kind === 'missing');
  if (missing.length === 0) return null;
  return formatInstallation([...new Set(missing.map(({ one }) => one.debianPackage))].sort(), machine);
}

function modeFinding(support: ModeSupport): Finding {
  const { id } = support.mode;
  if (!support.supported) return { name: id, value: 'cannot run here', lacks: [support.reason], blocks: false };
  return { name: id, value: modeOf(support.mode).note ?? 'this kernel runs it', lacks: [], blocks: false };
}

/** Modes with rules to measure that the usual kube-proxy has: the floor alone is no measurement. */
function measuredModes(support: readonly ModeSupport[]): readonly ModeSupport[] {
  return support.filter(
    ({ supported, mode }) =>
      supported && !isFloor(mode) && findModeVersionReason(mode, DEFAULT_KUBE_PROXY_VERSION) === null,
  );
}

function toolFinding({ one, state }: Examined, { machine }: DiagnosisWorld): Finding {
  const name = one.tool;
  if (state.kind === 'fit')
    return { name, value: state.version ?? 'found (says no version)', lacks: [], blocks: false };
  const remedy = formatInstallation([one.debianPackage], machine);
  const value = state.kind === 'missing' ? `not found (${one.purpose})` : `does not do: ${state.why}`;
  const lack =
    state.kind === 'missing'
      ? { code: 'tool-missing', message: `needed for: ${one.purpose}`, remedy }
      : { code: 'tool-unfit', message: state.why, remedy };
  return { name, value, lacks: [lack], blocks: isBasic(one) };
}

function isBasic(one: Prerequisite): boolean {
  return one.neededFor === 'laboratory' || one.neededFor === 'wire';
}

async function findSystemState(world: DiagnosisWorld): Promise<readonly Finding[]> {
  return [
    { name: 'Node', value: process.versions.node, lacks: [], blocks: false },
    { name: 'kernel', value: `${release()} (${arch()}, ${cpus().length} CPUs)`, lacks: [], blocks: false },
    allowanceFinding(readAllowance(), cpus().length),
    await userFinding(world),
    memoryFinding(readUsableMemoryBytes()),
    await diskFinding('results', join(PROJECT, 'reports')),
    await diskFinding('cache', findCacheDirectory(world.env)),
    conntrackFinding(readNumber('/proc/sys/net/netfilter/nf_conntrack_max')),
    await kubeProxyFinding(world),
  ];
}

/** What this process may use of the machine, where that is less than all. */
export function allowanceFinding(allowance: Allowance, cores: number): Finding {
  const most = Number(usableCores(allowance).toFixed(2));
  const { quotaCores, memoryLimitBytes, openFiles, freeTasks, fileBytes } = allowance;
  const value = [
    `${most} of ${cores} cores${quotaCores !== null && quotaCores < cores ? ' (CPU quota)' : ''}`,
    memoryLimitBytes === null ? 'no limit of memory' : `a limit of ${formatLimit(memoryLimitBytes)} of memory`,
    Number.isFinite(openFiles) ? `${openFiles} open files` : null,
    freeTasks === null ? null : `${freeTasks} more processes`,
    Number.isFinite(fileBytes) ? `files of ${formatLimit(fileBytes)}` : null,
  ];
  const lack = {
    code: 'cpu-quota',
    message: 'where a CPU quota stops something, that looks like latency: trials in which it does are marked',
    remedy: 'give the container whole cores of its own instead of a quota',
  };
  const lacks = quotaCores !== null && quotaCores < cores ? [lack] : [];
  return { name: 'may use', value: value.filter((one) => one !== null).join(', '), lacks, blocks: false };
}

async function userFinding({ exec, machine }: DiagnosisWorld): Promise<Finding> {
  if (machine.user === 'root') return { name: 'user', value: 'root', lacks: [], blocks: false };
  const works = await exec.run(['unshare', '-Urnm', 'true'], { timeoutMs: 5000 }).then(
    () => true,
    () => false,
  );
  const value = `not root; user namespaces ${works ? 'work' : 'do not work'}`;
  const lack = {
    code: 'no-user-namespaces',
    message: 'the laboratory needs root, or namespaces that an ordinary user may make',
    remedy: `${asRoot()}\n    or allow them: sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone`,
  };
  return { name: 'user', value, lacks: works ? [] : [lack], blocks: !works };
}

const GIGABYTE = 1e9;

/** kube-proxy in three modes at 10,000 x 10 takes about 300 MB each, the harness 400 MB. */
export function memoryFinding(availableBytes: number): Finding {
  const lack = {
    code: 'memory-short',
    message: 'scenarios of 10,000 Services want about 2 GB',
    remedy: 'end other programs, or stay at --services 1000',
  };
  return sized('memory', availableBytes, { least: 2 * GIGABYTE, text: 'available', lack });
}

async function diskFinding(what: 'results' | 'cache', directory: string | null): Promise<Finding> {
  const elsewhere = nameAnother(what === 'cache' ? CACHE_MOVED_BY : '--runs-dir');
  const none = (value: string, message: string, remedy: string): Finding => {
    const lacks = [{ code: 'not-writable', message, remedy }];
    // Results are asked for by a flag of each run; for the cache there is only the one place.
    return { name: `disk for ${what}`, value, lacks, blocks: what === 'cache' };
  };
  if (directory === null)
    return none('no place', 'HOME is not set, and this user has no account with a home', elsewhere);
  const place = existingParent(directory);
  if (!isWritable(place))
    return none(`not writable: ${place}`, `this user may not write to ${place}`, `make it writable, or ${elsewhere}`);
  const { bavail, bsize } = await statfs(place);
  const lack = { code: 'disk-short', message: `${place} has little room`, remedy: `make room, or ${elsewhere}` };
  return sized(`disk for ${what}`, bavail * bsize, { least: GIGABYTE, text: `free in ${place}`, lack });
}

function sized(
  name: string,
  bytes: number,
  want: { readonly least: number; readonly text: string; readonly lack: Reason },
): Finding {
  const value = `${(bytes / GIGABYTE).toFixed(1)} GB ${want.text}`;
  return { name, value, lacks: bytes < want.least ? [want.lack] : [], blocks: false };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function existingParent(path: string): string {
  return existsSync(path) ? path : existingParent(dirname(path));
}

/** 1,000 new connections/s for longer than two minutes leave 120,000 entries in TIME_WAIT (nf_conntrack_tcp_timeout_time_wait is 120 s). */
export function conntrackFinding(max: number | null): Finding {
  const name = 'connections tracked';
  if (max === null) return { name, value: 'maximum unknown until conntrack is loaded', lacks: [], blocks: false };
  const lack = {
    code: 'conntrack-small',
    message: '1,000 new connections/s leave 120,000 entries behind, and a full table makes trials invalid',
    remedy: 'sudo sysctl -w net.netfilter.nf_conntrack_max=262144',
  };
  return { name, value: `at most ${max.toLocaleString('en')}`, lacks: max < 130_000 ? [lack] : [], blocks: false };
}

async function kubeProxyFinding({ env }: DiagnosisWorld): Promise<Finding> {
  const version = DEFAULT_KUBE_PROXY_VERSION;
  const cached = findCacheDirectory(env) === null ? null : await findCachedKubeProxy(version, env);
  if (cached !== null)
    return { name: 'kube-proxy', value: `${cached.version}, in the cache`, lacks: [], blocks: false };
  const go = findGo(env) === null ? 'there is no Go here to build it with' : 'built with the Go here when that fails';
  return {
    name: 'kube-proxy',
    value: `${version} will be downloaded by the first run (${go})`,
    lacks: [],
    blocks: false,
  };
}

function netnsFinding(tools: readonly Finding[], support: readonly ModeSupport[]): Finding {
  const missing = tools.filter((one) => one.blocks).map((one) => one.name);
  const floor = support.find((one) => one.mode.id === 'none');
  const lacks: Reason[] = floor?.supported === false ? [floor.reason] : [];
  if (missing.length > 0)
    lacks.push({ code: 'tool-missing', message: `not found: ${missing.join(', ')}`, remedy: 'see Tools above' });
  const blocks = lacks.length > 0;
  return { name: 'netns', value: blocks ? 'cannot run here' : "namespaces of this machine's kernel", lacks, blocks };
}

function testbedFinding(name: string, value: string, lacks: readonly (Reason | null)[]): Finding {
  const real = lacks.filter((one) => one !== null);
  return { name, value: real.length === 0 ? value : 'cannot run here', lacks: real, blocks: false };
}

function toolLack(tool: string, remedy: string, world: DiagnosisWorld): Reason | null {
  const found = findTool(tool, world.env) !== null;
  return found ? null : { code: 'tool-missing', message: `${tool} not found`, remedy };
}

/** virtme-ng, a kernel, and what else only a guest needs are fetched into the cache by the first run that asks for one. */
function vmFinding(examined: readonly Examined[], world: DiagnosisWorld, support: readonly ModeSupport[]): Finding {
  const namespaces = support.flatMap((one) => (!one.supported && one.reason.code === NO_NAMESPACES ? one.reason : []));
  const lacks = examined
    .filter(({ one }) => one.neededFor === 'guest')
    .flatMap((tool) =>
      toolFinding(tool, world).lacks.map((lack) => ({ ...lack, message: `${tool.one.tool}: ${lack.message}` })),
    );
  return testbedFinding('vm', 'the same laboratory under another kernel', [...namespaces.slice(0, 1), ...lacks]);
}

async function kindFinding(world: DiagnosisWorld): Promise<Finding> {
  const kind = toolLack('kind', 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation', world);
  const docker = findTool('docker', world.env) ?? findTool('podman', world.env);
  const runs =
    docker !== null && (await world.exec.run([docker, 'info'], { timeoutMs: 5000 }).then(always(true), always(false)));
  const message = docker === null ? 'neither docker nor podman found' : `${docker} info fails: no engine answers`;
  const engine = { code: 'no-container-engine', message, remedy: 'install Docker or Podman and start it' };
  return testbedFinding('kind', 'one cluster per mode', [kind, runs ? null : engine]);
}

const always =
  <T>(value: T) =>
  (): T =>
    value;

async function clusterFinding(env: DiagnosisWorld['env']): Promise<Finding> {
  const files = env.KUBECONFIG?.split(':').filter(Boolean) ?? [join(findHome(env) ?? '/', '.kube', 'config')];
  return testbedFinding('cluster', `contexts of ${files.join(', ')}`, [await kubeconfigLack(files)]);
}

async function kubeconfigLack(files: readonly string[]): Promise<Reason | null> {
  const there = files.filter((file) => existsSync(file));
  const remedy = 'export KUBECONFIG=…';
  if (there.length === 0) return { code: 'no-kubeconfig', message: `no kubeconfig at ${files.join(', ')}`, remedy };
  // The client for clusters is loaded where somebody has one.
  const { listContexts } = await import('../testbed/cluster/context.ts');
  try {
    if (listContexts(there).length > 0) return null;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { code: 'kubeconfig-unreadable', message: error.message, remedy: error.remedy };
  }
  return { code: 'no-context', message: `no context in ${there.join(', ')}`, remedy };
}

function readNumber(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
