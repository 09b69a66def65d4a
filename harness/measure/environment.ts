import { readdirSync, readFileSync } from 'node:fs';
import { arch, loadavg, release, totalmem, version } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../model/run.ts';
import { readAllowance, usableCores } from '../system/allowance.ts';
import type { Exec } from '../system/exec.ts';
import { PROJECT } from '../system/project.ts';
import { type KubeProxyProgram, loadTools } from './environment-tools.ts';
import { loadCommit } from './harness-commit.ts';
import { loadKernelOptions } from './kernel-options.ts';

export interface EnvironmentOptions {
  readonly testbed: Environment['testbed'];
  readonly execution: Environment['execution'];
  readonly exec: Exec;
  /** By the word that the scenario asked with (a version or a path). */
  readonly kubeProxies: Readonly<Record<string, KubeProxyProgram>>;
  /** Where the kernel's build configuration stands, where that is not /boot. */
  readonly kernelConfigPath?: string | undefined;
}

/** Settings of the kernel that change what a connection costs or whether it succeeds. Those of `net` are the network namespace's that reads. */
const SYSCTLS = [
  'kernel.numa_balancing',
  'kernel.perf_event_paranoid',
  'kernel.sched_autogroup_enabled',
  'kernel.timer_migration',
  'kernel.unprivileged_bpf_disabled',
  'net.bridge.bridge-nf-call-iptables',
  'net.core.bpf_jit_enable',
  'net.core.bpf_jit_harden',
  'net.core.default_qdisc',
  'net.core.netdev_budget',
  'net.core.netdev_max_backlog',
  'net.core.rps_sock_flow_entries',
  'net.core.somaxconn',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.ip_forward',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_congestion_control',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_syn_retries',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_timestamps',
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.vs.conn_reuse_mode',
  'net.ipv4.vs.conntrack',
  'net.ipv4.vs.expire_nodest_conn',
  'net.netfilter.nf_conntrack_acct',
  'net.netfilter.nf_conntrack_buckets',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_tcp_be_liberal',
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'net.netfilter.nf_conntrack_tcp_timeout_time_wait',
] as const;

/** Names of the kernel's list of flaws; a file each under /sys/devices/system/cpu/vulnerabilities. */
const MITIGATIONS_PATH = '/sys/devices/system/cpu/vulnerabilities';

/** A small file's text without its line end; `null` when it cannot be read. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function readSysctls(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of SYSCTLS) {
    const value = readText(`/proc/sys/${name.replaceAll('.', '/')}`);
    if (value !== null) found[name] = value.replaceAll('\t', ' ');
  }
  return found;
}

function readMitigations(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of listNames(MITIGATIONS_PATH)) found[name] = readText(`${MITIGATIONS_PATH}/${name}`) ?? 'unreadable';
  return found;
}

function listNames(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

/** PRETTY_NAME of os-release(5). */
export function parseOperatingSystem(osRelease: string): string | null {
  return /^PRETTY_NAME="?(.*?)"?$/m.exec(osRelease)?.[1] ?? null;
}

/** A field of the first processor in /proc/cpuinfo. */
export function parseCpuField(cpuinfo: string, name: string): string | null {
  return new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(cpuinfo)?.[1]?.trim() ?? null;
}

/** systemd-detect-virt's word; without it the CPU's own flag says at least whether there is a hypervisor. */
async function detectVirtualization(exec: Exec, cpuinfo: string): Promise<string | null> {
  const detected = await exec.run(['systemd-detect-virt', '--vm']).catch(() => null);
  if (detected !== null) return detected.stdout.trim();
  const flags = parseCpuField(cpuinfo, 'flags');
  if (flags === null) return null;
  return / hypervisor( |$)/.test(flags) ? 'unknown hypervisor' : 'none';
}

async function loadCpu(exec: Exec): Promise<Environment['cpu']> {
  const cpuinfo = readText('/proc/cpuinfo') ?? '';
  const mhz = Number(parseCpuField(cpuinfo, 'cpu MHz') ?? Number.NaN);
  return {
    model: parseCpuField(cpuinfo, 'model name'),
    // What may be used of the machine: affinity and CPU quota. The rest of it might as well not be there.
    cores: usableCores(readAllowance()),
    mhz: Number.isFinite(mhz) ? mhz : null,
    governor: readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    virtualization: await detectVirtualization(exec, cpuinfo),
    mitigations: readMitigations(),
  };
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readText(join(PROJECT, 'package.json')) ?? '{}');
  return String((manifest as { version?: unknown }).version ?? 'unknown');
}

/**
 * The fingerprint of this machine: under a second, no part of it can fail the whole (what cannot be read is null or left out), and it holds
 * neither the machine's name nor the words of its kernel's command line.
 */
export async function loadEnvironment({
  testbed,
  execution,
  exec,
  kubeProxies,
  kernelConfigPath,
}: EnvironmentOptions): Promise<Environment> {
  const loadAverage = loadavg();
  const [cpu, tools, options, harness] = await Promise.all([
    loadCpu(exec),
    loadTools(exec, kubeProxies),
    loadKernelOptions(kernelConfigPath),
    loadCommit(exec, PROJECT),
  ]);
  return {
    testbed,
    execution,
    kernel: { release: release(), version: version(), architecture: arch(), options },
    cpu,
    memoryBytes: Math.min(totalmem(), readAllowance().memoryLimitBytes ?? Number.POSITIVE_INFINITY),
    operatingSystem: parseOperatingSystem(readText('/etc/os-release') ?? ''),
    tools,
    sysctls: readSysctls(),
    loadAverage,
    ...harness,
    harnessVersion: readVersion(),
  };
}
