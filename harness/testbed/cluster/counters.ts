/*
 * What one node counts, told by a pod on it (DaemonSet in infra/kubernetes/counters.yaml), which sees the node's /proc read-only at /host/proc and shares the
 * node's network. One JSON question a line on standard input, one JSON line for each as answer. It changes nothing, and ends with its input.
 */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { arch, cpus, loadavg, networkInterfaces, release, totalmem, version } from 'node:os';
import { createInterface } from 'node:readline';
import { loadKernelUnits } from '../../measure/auxiliary-vector.ts';
import { readConntrack } from '../../measure/conntrack.ts';
import { readCpuTimes } from '../../measure/cpu.ts';
import { readAvailableMemoryBytes } from '../../measure/memory.ts';
import { type GroupRoots, summarizeProcessGroups } from '../../measure/process-groups.ts';
import { type ProcessRow, readProcessTable } from '../../measure/process-table.ts';
import type { Snapshot } from '../../model/counters.ts';
import type { CountersAnswer, CountersQuestion, NodeEnvironment } from './counters-wire.ts';
import { readMetricsFlag } from './proxy-flags.ts';

const PROC = '/host/proc';
/** kube-proxy, what has one inside itself (k3s, MicroK8s' kubelite), and what is in its place. */
const ROUTERS = /^(kube-proxy|k3s|kubelite|hyperkube|cilium-agent|kube-router|antrea-agent|ovnkube)/;
const units = loadKernelUnits();

function takeNodeSnapshot(): Snapshot {
  const rows = readProcessTable(PROC);
  const groups: GroupRoots[] = (['kube-proxy', 'nginx'] as const).map((name) => ({
    group: name,
    pids: rootsOf(rows, name),
    endedChildren: 'count',
  }));
  return {
    wallMs: Date.now(),
    monotonicMs: performance.now(),
    cpu: readCpuTimes(units.ticksPerS, PROC),
    groups: summarizeProcessGroups(groups, rows, units),
    // The pod shares the node's network, so its own view is the node's.
    conntrack: readConntrack('self'),
    availableMemoryBytes: readAvailableMemoryBytes(PROC),
  };
}

function rootsOf(rows: ReadonlyMap<number, ProcessRow>, name: string): readonly number[] {
  return [...rows.values()]
    .filter((row) => readName(row.pid) === name && readName(row.parentPid) !== name)
    .map((row) => row.pid);
}

function readName(pid: number): string | null {
  return readOf(pid, 'comm')?.trim() ?? null;
}

/** `null` for a process that has ended. */
function readOf(pid: number, file: 'comm' | 'cmdline'): string | null {
  try {
    return readFileSync(`${PROC}/${pid}/${file}`, 'latin1');
  } catch {
    return null;
  }
}

type ProxyQuestion = Extract<CountersQuestion, { readonly kind: 'proxy' }>;

function describeNode(): NodeEnvironment {
  const [first] = cpus();
  return {
    release: release(),
    version: version(),
    architecture: arch(),
    cpuModel: first?.model ?? null,
    cores: cpus().length,
    memoryBytes: totalmem(),
    loadAverage: loadavg(),
    // The pod shares the node's network.
    addresses: Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []),
    routers: listRouters(),
    metricsFlag: findMetricsFlag(),
  };
}

function findMetricsFlag(): string | null {
  const [pid] = rootsOf(readProcessTable(PROC), 'kube-proxy');
  return pid === undefined ? null : readMetricsFlag(readOf(pid, 'cmdline') ?? '');
}

function listRouters(): readonly string[] {
  const names = [...readProcessTable(PROC).keys()].flatMap((pid) => readName(pid) ?? []);
  return [...new Set(names.filter((name) => ROUTERS.test(name)))];
}

function fetchPage({ host, port, path }: Pick<ProxyQuestion, 'host' | 'port' | 'path'>): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () =>
        response.statusCode === 200 ? resolve(body) : reject(new Error(`HTTP ${response.statusCode}`)),
      );
    });
    request.once('timeout', () => request.destroy(new Error('no answer within 10 s')));
    request.once('error', reject);
  });
}

async function answer(question: CountersQuestion): Promise<CountersAnswer> {
  const { id } = question;
  switch (question.kind) {
    case 'snapshot':
      return { id, snapshot: takeNodeSnapshot() };
    case 'environment':
      return { id, environment: describeNode() };
    case 'proxy':
      return { id, page: await fetchPage(question) };
  }
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const question = JSON.parse(line) as CountersQuestion;
  answer(question)
    .catch((error: unknown) => ({ id: question.id, error: error instanceof Error ? error.message : String(error) }))
    .then((said) => process.stdout.write(`${JSON.stringify(said)}\n`));
});
// What was said must have gone into a slow pipe before the process ends.
lines.on('close', () => process.stdout.write('', () => process.exit(0)));
