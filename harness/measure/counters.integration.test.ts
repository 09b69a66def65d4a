import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemExec } from '../system/exec.ts';
import { loadKernelUnits } from './auxiliary-vector.ts';
import { readConntrack } from './conntrack.ts';
import { readCpuTimes, summarizeCpuUse } from './cpu.ts';
import { readThreadCpuUs } from './process-cpu.ts';
import { groupCores } from './process-groups.ts';
import { takeSnapshot } from './snapshot.ts';
import { makeTwoNamespaces, SERVER_ADDRESS, SERVER_PORT } from './testing/two-namespaces.ts';

const isRoot = process.getuid?.() === 0;
const CLIENT = join(import.meta.dirname, 'testing', 'connect-client.ts');
const units = loadKernelUnits();

describe('counters of this machine', () => {
  it('has the units that getconf tells', async () => {
    const getconf = async (name: string) => Number((await systemExec.run(['getconf', name])).stdout);
    expect(units).toEqual({ ticksPerS: await getconf('CLK_TCK'), pageBytes: await getconf('PAGESIZE') });
  });

  it('finds the CPU of a child that has ended in its parent’s group', async () => {
    // A shell that burns CPU in children of its own, which end, and then waits for us.
    const burn = 'for i in 1 2 3; do timeout 0.2 sh -c "while :; do :; done"; done; echo burnt; read line';
    const shell = spawn('sh', ['-c', burn], { stdio: ['pipe', 'pipe', 'inherit'] });
    const pid = shell.pid ?? 0;
    const sources = { units, nodePid: 'self' } as const;
    const groups = [
      { group: 'kube-proxy', pids: [pid], endedChildren: 'count' },
      { group: 'harness', pids: [process.pid], endedChildren: 'ignore' },
    ] as const;
    const before = takeSnapshot({ ...sources, groups });
    await once(shell.stdout, 'data');
    const after = takeSnapshot({ ...sources, groups });
    const durationMs = after.monotonicMs - before.monotonicMs;
    shell.stdin.end('\n');
    await once(shell, 'close');
    const usedMs = (groupCores(before.groups['kube-proxy'], after.groups['kube-proxy'], durationMs) ?? 0) * durationMs;
    // Three times 200 ms of a busy loop; a busy machine gives it less, never more.
    expect(usedMs).toBeGreaterThan(60);
    expect(usedMs).toBeLessThan(700);
    const machine = summarizeCpuUse(before.cpu, after.cpu, durationMs);
    expect(machine.busyCores * durationMs).toBeGreaterThan(usedMs * 0.8);
  });

  it('takes a snapshot in less than 5 ms of CPU', () => {
    const sources = { units, groups: [], nodePid: 'self' } as const;
    for (let round = 0; round < 20; round += 1) takeSnapshot(sources);
    const before = process.cpuUsage();
    for (let round = 0; round < 20; round += 1) takeSnapshot(sources);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 20).toBeLessThan(5000);
  });

  it('reads a thread’s CPU finer than a tick, and null of a process that is gone', () => {
    const before = readThreadCpuUs(process.pid);
    const sinceUs = () => (readThreadCpuUs(process.pid) ?? 0) - (before ?? 0);
    // A busy machine gives little of 20 ms.
    const untilMs = performance.now() + 5000;
    while (performance.now() < untilMs && sinceUs() < 1500);
    expect(sinceUs()).toBeGreaterThan(1000);
    expect(sinceUs()).toBeLessThan(9000);
    expect(readThreadCpuUs(2 ** 22 + 1)).toBeNull();
    expect(readConntrack(2 ** 22 + 1)).toBeNull();
  });

  it('agrees with /proc/stat’s own sum: all classes together are the cores times the time', async () => {
    const before = readCpuTimes(units.ticksPerS);
    const startedMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const after = readCpuTimes(units.ticksPerS);
    const { busyCores, stealCores } = summarizeCpuUse(before, after, performance.now() - startedMs);
    const idleCores = (after.idleS - before.idleS) / 0.5;
    expect(busyCores + stealCores + idleCores).toBeGreaterThan(availableParallelism() * 0.8);
    expect(busyCores + stealCores + idleCores).toBeLessThan(availableParallelism() * 1.2);
  });
});

describe.skipIf(!isRoot && process.env.CI !== 'true')('conntrack of another namespace (needs root)', () => {
  it('counts that namespace’s connections and no other’s', async () => {
    await using place = await makeTwoNamespaces();
    const rule =
      'add table ip t\nadd chain ip t o { type filter hook output priority 0; }\nadd rule ip t o ct state new accept\n';
    await place.exec.run([...place.client, 'nft', '-f', '-'], { input: rule });
    await place.exec.run([
      ...place.client,
      process.execPath,
      CLIENT,
      SERVER_ADDRESS,
      String(SERVER_PORT),
      '200',
      '0.5',
    ]);
    const pid = Number(/\/proc\/(\d+)\//.exec(place.client.join(' '))?.[1]);
    const fromProc = readConntrack(pid);
    // Only those after the rule that switched conntrack on: the first, which asked whether NGINX is up, is not among them.
    expect(fromProc?.count).toBe(100);
    const serverPid = Number(/\/proc\/(\d+)\//.exec(place.server.join(' '))?.[1]);
    expect(readConntrack(serverPid)?.count).toBe(0);
  });
});
