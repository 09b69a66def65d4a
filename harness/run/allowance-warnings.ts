import { cpus } from 'node:os';
import { EnvironmentError } from '../errors.ts';
import { readUsableMemoryBytes } from '../measure/memory.ts';
import { isFloor } from '../mode/table.ts';
import type { Mode } from '../model/mode.ts';
import type { Reason } from '../model/reason.ts';
import type { Scenario } from '../model/scenario.ts';
import { type Allowance, formatLimit, readAllowance, usableCores } from '../system/allowance.ts';

/** Code of the condition that a CPU quota holds. */
export const CPU_QUOTA = 'cpu-quota';

/** Peaks of anonymous memory of the laboratory, seen in a control group of its own (1, 2 modes; 10, 10,000 and 100,000 endpoints; Node 26, kube-proxy 1.36). */
const NEEDS = { baseBytes: 300e6, bytesPerMode: 40e6, bytesPerEndpoint: 5.5e3 } as const;

/** About what a scenario takes at its largest size, all its modes standing. */
export function expectedMemoryBytes(scenario: Scenario, modes: readonly Mode[]): number {
  const routed = modes.filter((mode) => !isFloor(mode)).length;
  const endpoints = Math.max(...scenario.sizesServices) * scenario.endpointsPerService;
  return NEEDS.baseBytes + routed * (NEEDS.bytesPerMode + endpoints * NEEDS.bytesPerEndpoint);
}

/** What a run must know of the machine's limits before its first trial: conditions that the report tells. */
export function describeAllowance(
  { scenario, modes }: { readonly scenario: Scenario; readonly modes: readonly Mode[] },
  machine: { readonly cores: number; readonly usableMemoryBytes: number; readonly allowance: Allowance },
): readonly Reason[] {
  const needed = expectedMemoryBytes(scenario, modes);
  return [
    ...describeCores(machine.cores, machine.allowance),
    ...(needed <= machine.usableMemoryBytes ? [] : [shortOfMemory(needed, machine)]),
  ];
}

function describeCores(cores: number, allowance: Allowance): readonly Reason[] {
  const { affinityCores, quotaCores } = allowance;
  if (usableCores(allowance) >= cores) return [];
  const byQuota = quotaCores !== null && quotaCores < affinityCores;
  const most = Number(usableCores(allowance).toFixed(2));
  return [
    {
      code: byQuota ? CPU_QUOTA : 'cpu-affinity',
      message: byQuota
        ? `a CPU quota allows ${most} of this machine's ${cores} cores; where it stops something, that looks like latency, and the trial is marked`
        : `${most} of this machine's ${cores} cores may be used (CPU affinity)`,
      remedy: byQuota ? 'give the container whole cores of its own instead of a quota' : 'nothing, or allow more cores',
    },
  ];
}

function shortOfMemory(
  needed: number,
  { usableMemoryBytes, allowance }: Parameters<typeof describeAllowance>[1],
): Reason {
  const limit =
    allowance.memoryLimitBytes === null
      ? ''
      : ` (the limit of this container is ${formatLimit(allowance.memoryLimitBytes)})`;
  return {
    code: 'memory-short',
    message: `this scenario takes about ${formatLimit(needed)} of memory and ${formatLimit(usableMemoryBytes)} can be had${limit}: the kernel may kill it`,
    remedy: 'give the container more memory, or measure fewer Services or fewer modes at once',
  };
}

/** The client's connections, the API server's watchers and Node itself: seen to suffice at 1,000 requests/s. */
const LEAST_OPEN_FILES = 256;
/** Threads of three Node processes, kube-proxies and ten NGINX: about 90 in the smallest run. */
const LEAST_TASKS = 128;
/** kube-proxy itself (80 MB), captures of the wire, journals. */
const LEAST_FILE_BYTES = 128 * 2 ** 20;

/** Refuses what would fail in the middle, with the number and what raises it. */
export function requireAllowance(allowance: Pick<Allowance, 'openFiles' | 'freeTasks' | 'fileBytes'>): void {
  const { openFiles, freeTasks, fileBytes } = allowance;
  if (openFiles < LEAST_OPEN_FILES)
    throw new EnvironmentError(
      `a process may have ${openFiles} files open here (ulimit -n), and the laboratory takes up to ${LEAST_OPEN_FILES}`,
      'ulimit -Hn 4096, or docker run --ulimit nofile=4096',
    );
  if (freeTasks !== null && freeTasks < LEAST_TASKS)
    throw new EnvironmentError(
      `${freeTasks} more processes and threads are allowed here (pids.max of the container, or ulimit -u of the user), and the laboratory takes about ${LEAST_TASKS}`,
      'docker run --pids-limit 1024, TasksMax=1024 of a systemd unit, or for a user ulimit -u 4096 (limits.conf: nproc)',
    );
  if (fileBytes < LEAST_FILE_BYTES)
    throw new EnvironmentError(
      `a file may become ${formatLimit(fileBytes)} large here (ulimit -f), and the laboratory writes some of up to ${formatLimit(LEAST_FILE_BYTES)}`,
      'ulimit -f unlimited (limits.conf: fsize)',
    );
}

/** All of it, as this machine is now; only where the load runs in this process's own control group. */
export function readMachineWarnings(scenario: Scenario, modes: readonly Mode[]): readonly Reason[] {
  const allowance = readAllowance();
  requireAllowance(allowance);
  return describeAllowance(
    { scenario, modes },
    { cores: cpus().length, usableMemoryBytes: readUsableMemoryBytes(), allowance },
  );
}
