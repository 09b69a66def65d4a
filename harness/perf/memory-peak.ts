import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Peaks of resident memory as the kernel itself keeps them (VmHWM, proc_pid_status(5)); `null` where no look succeeded. */
export interface MemoryPeaks {
  /** The program inside the laboratory's namespaces: API server, runner, and everything that is measured by it. */
  readonly laboratoryBytes: number | null;
  /** The program that was typed: it starts the other, waits, and writes the report. */
  readonly launcherBytes: number | null;
}

const LOOK_MS = 100;

async function readPeakBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmHWM:\s+([0-9]+) kB$/m.exec(status)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

async function readWords(pid: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
}

async function readChildren(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

/** The descendant `node … …/cli.ts laboratory …`. unshare above it has these words too, but begins with its own. */
async function findLaboratory(ancestor: number): Promise<number | null> {
  for (const pid of await readChildren(ancestor)) {
    const [program, ...words] = await readWords(pid);
    if (program === process.execPath && words.includes('laboratory')) return pid;
    const below = await findLaboratory(pid);
    if (below !== null) return below;
  }
  return null;
}

/** Looks at a running `bench` until it ends. The kernel keeps the peak, so only what grows in the last 100 ms is missed. */
export async function watchMemoryPeaks(launcherPid: number, ended: AbortSignal): Promise<MemoryPeaks> {
  let laboratoryPid: number | null = null;
  let laboratoryBytes: number | null = null;
  let launcherBytes: number | null = null;
  while (!ended.aborted) {
    laboratoryPid ??= await findLaboratory(launcherPid);
    if (laboratoryPid !== null) laboratoryBytes = (await readPeakBytes(laboratoryPid)) ?? laboratoryBytes;
    launcherBytes = (await readPeakBytes(launcherPid)) ?? launcherBytes;
    await sleep(LOOK_MS, undefined, { signal: ended }).catch(() => undefined);
  }
  return { laboratoryBytes, launcherBytes };
}
