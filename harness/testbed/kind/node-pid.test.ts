import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findByStart, findContainerPid, parseStartTicks } from './node-pid.ts';

const NODE = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const directory = mkdtempSync(join(tmpdir(), 'node-pid-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Process {
  readonly cgroup: string;
  readonly numbers: string;
  readonly startTicks: number;
}

let made = 0;
/** Files of /proc, in their real format. */
function procOf(processes: Readonly<Record<number, Process>>): string {
  made += 1;
  const proc = join(directory, String(made));
  for (const [pid, { cgroup, numbers, startTicks }] of Object.entries(processes)) {
    mkdirSync(join(proc, pid), { recursive: true });
    writeFileSync(join(proc, pid, 'cgroup'), cgroup);
    writeFileSync(join(proc, pid, 'status'), `Name:\tsystemd\nNSpid:\t${numbers}\nNSpgid:\t${numbers}\n`);
    writeFileSync(join(proc, pid, 'stat'), `${pid} (a (b) c) S 1${' 0'.repeat(17)} ${startTicks} 0 0\n`);
  }
  return proc;
}

const PROC = procOf({
  100: { cgroup: '0::/user.slice/session-1.scope\n', numbers: '100', startTicks: 10 },
  200: { cgroup: `0::/system.slice/docker-${NODE}.scope/init.scope\n`, numbers: '200\t1', startTicks: 20 },
  210: { cgroup: `0::/system.slice/docker-${NODE}.scope/kubelet\n`, numbers: '210\t77', startTicks: 21 },
  300: { cgroup: `12:cpu:/docker/${OTHER}\n0::/\n`, numbers: '300\t1', startTicks: 30 },
});

describe('the pid that the engine names', () => {
  it('is taken when its cgroup is the container', () => {
    expect(findContainerPid({ id: NODE, pid: 200 }, PROC)).toBe(200);
    expect(findContainerPid({ id: OTHER, pid: 300 }, PROC)).toBe(300);
  });

  it.each([
    ["somebody's process", 100],
    ["another container's", 300],
    ['no process', 4242],
    ['none', 0],
  ])('when it is %s here (an engine in another pid namespace) the container is found by its id', (_what, pid) => {
    expect(findContainerPid({ id: NODE, pid }, PROC)).toBe(200);
  });

  it('is nobody when the container is not on this machine', () => {
    expect(findContainerPid({ id: 'c'.repeat(64), pid: 200 }, PROC)).toBeNull();
    expect(findContainerPid({ id: '', pid: 200 }, PROC)).toBeNull();
  });
});

it('where cgroups tell nothing, the first process that began at the same tick is the node, if there is but one', () => {
  expect(findByStart('20', PROC)).toBe(200);
  expect(findByStart('21', PROC)).toBeNull();
  expect(findByStart('', PROC)).toBeNull();
  const first = { cgroup: '0::/\n', numbers: '5\t1', startTicks: 20 };
  expect(findByStart('20', procOf({ 5: first, 6: first }))).toBeNull();
  expect(parseStartTicks(`1 (a) b) S 0${' 0'.repeat(17)} 987 0`)).toBe('987');
});
