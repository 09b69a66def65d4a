import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch, cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { readUsableMemoryBytes } from '../measure/memory.ts';
import type { DoctorLine } from '../model/diagnosis.ts';
import type { Reason } from '../model/reason.ts';
import { findCachedKubeProxy } from '../supply/kube-proxy/binary.ts';
import { findGo } from '../supply/kube-proxy/module-build.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../supply/kube-proxy/version.ts';
import type { Machine } from '../supply/packages/installation.ts';
import type { ToolWorld } from '../supply/packages/tool-state.ts';
import { type Allowance, formatLimit, readAllowance, usableCores } from '../system/allowance.ts';
import { nameAnother } from '../system/atomic-file.ts';
import { PROJECT } from '../system/project.ts';
import { asRoot } from '../system/root-command.ts';
import { CACHE_MOVED_BY, findCacheDirectory } from '../system/xdg.ts';

/** The machine and this process, as doctor lists them. */
export async function findSystemState(
  world: ToolWorld & { readonly machine: Machine },
): Promise<readonly DoctorLine[]> {
  return [
    { name: 'Node', value: process.versions.node, lacks: [], blocks: false },
    { name: 'kernel', value: `${release()} (${arch()}, ${cpus().length} CPUs)`, lacks: [], blocks: false },
    allowanceLine(readAllowance(), cpus().length),
    await userLine(world),
    memoryLine(readUsableMemoryBytes()),
    await diskLine('results', join(PROJECT, 'reports')),
    await diskLine('cache', findCacheDirectory(world.env)),
    conntrackLine(readNumber('/proc/sys/net/netfilter/nf_conntrack_max')),
    await kubeProxyLine(world),
  ];
}

/** What this process may use of the machine, where that is less than all. */
function allowanceLine(allowance: Allowance, cores: number): DoctorLine {
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

async function userLine({ exec, machine }: ToolWorld & { readonly machine: Machine }): Promise<DoctorLine> {
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
export function memoryLine(availableBytes: number): DoctorLine {
  const lack = {
    code: 'memory-short',
    message: 'scenarios of 10,000 Services want about 2 GB',
    remedy: 'end other programs, or stay at --services 1000',
  };
  return sized('memory', availableBytes, { least: 2 * GIGABYTE, text: 'available', lack });
}

async function diskLine(what: 'results' | 'cache', directory: string | null): Promise<DoctorLine> {
  const elsewhere = nameAnother(what === 'cache' ? CACHE_MOVED_BY : '--runs-dir');
  const none = (value: string, message: string, remedy: string): DoctorLine => {
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
): DoctorLine {
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
export function conntrackLine(max: number | null): DoctorLine {
  const name = 'connections tracked';
  if (max === null) return { name, value: 'maximum unknown until conntrack is loaded', lacks: [], blocks: false };
  const lack = {
    code: 'conntrack-small',
    message: '1,000 new connections/s leave 120,000 entries behind, and a full table makes trials invalid',
    remedy: 'sudo sysctl -w net.netfilter.nf_conntrack_max=262144',
  };
  return { name, value: `at most ${max.toLocaleString('en')}`, lacks: max < 130_000 ? [lack] : [], blocks: false };
}

async function kubeProxyLine({ env }: ToolWorld): Promise<DoctorLine> {
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

function readNumber(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
