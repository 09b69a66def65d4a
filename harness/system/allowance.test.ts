import { describe, expect, it } from 'vitest';
import { countCpus, formatLimit, readAllowance, readAllowedMemoryBytes, usableCores } from './allowance.ts';
import type { ReadText } from './cgroup.ts';

/** A machine as its files tell of it. */
function machine(files: Readonly<Record<string, string>>): ReadText {
  return (path) => files[path] ?? null;
}

const V2_MOUNT = '30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n';
const V2 = { '/proc/self/mountinfo': V2_MOUNT, '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n' };
const V1_MOUNTS =
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n' +
  '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n' +
  '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n';

describe('what may be used', () => {
  it('is all that there is where no group sets a limit', () => {
    const allowance = readAllowance(
      machine({
        ...V2,
        '/proc/self/cgroup': '0::/\n',
        '/proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-3,8\n',
        '/proc/self/limits': 'Limit                     Soft Limit           Hard Limit           Units\n',
      }),
    );
    expect(allowance).toEqual({
      affinityCores: 5,
      quotaCores: null,
      memoryLimitBytes: null,
      freeTasks: null,
      openFiles: Number.POSITIVE_INFINITY,
      fileBytes: Number.POSITIVE_INFINITY,
    });
    expect(usableCores(allowance)).toBe(5);
  });

  it.each([
    ["an ordinary user's is shared by all of his processes", '1000', '0 0 4294967295', 240],
    ['root has none', '0', '0 0 4294967295', null],
    ['the root of a container with users of its own has one', '0', '0 100000 65536', 240],
  ])('of processes: %s', (_what, uid, users, freeTasks) => {
    const limits = 'Max file size             51200000 unlimited bytes\nMax processes             300 400 processes\n';
    const read = machine({
      '/proc/self/status': `Uid:\t${uid}\t${uid}\t${uid}\t${uid}\n`,
      '/proc/self/uid_map': `         ${users}\n`,
      '/proc/self/limits': limits,
    });
    expect(readAllowance(read, () => 60)).toMatchObject({ freeTasks, fileBytes: 51_200_000 });
  });

  it('is what the tightest group around it allows (version 2, nested)', () => {
    const read = machine({
      ...V2,
      '/proc/self/cgroup': '0::/batch.slice/job\n',
      '/proc/self/status': 'Cpus_allowed_list:\t0-7\n',
      '/sys/fs/cgroup/batch.slice/job/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/batch.slice/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/batch.slice/job/memory.max': '2147483648\n',
      '/sys/fs/cgroup/batch.slice/job/memory.current': '1000\n',
      '/sys/fs/cgroup/batch.slice/memory.max': 'max\n',
      '/sys/fs/cgroup/batch.slice/memory.high': '1073741824\n',
      '/sys/fs/cgroup/batch.slice/memory.current': '73741824\n',
      '/sys/fs/cgroup/batch.slice/memory.stat': 'anon 5\ninactive_file 3741824\n',
      '/sys/fs/cgroup/batch.slice/pids.max': '100\n',
      '/sys/fs/cgroup/batch.slice/pids.current': '40\n',
    });
    const allowance = readAllowance(read);
    expect(allowance).toMatchObject({ quotaCores: 1.5, memoryLimitBytes: 2 ** 30, freeTasks: 60 });
    expect(usableCores(allowance)).toBe(1.5);
    expect(readAllowedMemoryBytes(read)).toBe(2 ** 30 - 70_000_000);
  });

  it('is read from version 1, beside an empty version 2, also where a container sees its full path', () => {
    const group = '/docker/0123';
    const mounts = V1_MOUNTS.replaceAll(' / /sys', ` ${group} /sys`);
    const read = machine({
      '/proc/self/mountinfo': mounts,
      '/proc/self/cgroup': `4:memory:${group}\n1:cpuacct,cpu:${group}/inner\n0::/\n`,
      '/proc/self/status': 'Cpus_allowed_list:\t0\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '367001600\n',
      '/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    });
    const allowance = readAllowance(read);
    expect(allowance).toMatchObject({ affinityCores: 1, quotaCores: 0.5, memoryLimitBytes: 367_001_600 });
    expect(usableCores(allowance)).toBe(0.5);
  });

  it('has no limit where version 1 gives its largest number', () => {
    const read = machine({
      '/proc/self/mountinfo': V1_MOUNTS,
      '/proc/self/cgroup': '4:memory:/\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    });
    expect(readAllowance(read).memoryLimitBytes).toBeNull();
    expect(readAllowedMemoryBytes(read)).toBeNull();
  });

  it('is known on this machine, whatever its groups', () => {
    expect(usableCores(readAllowance())).toBeGreaterThan(0);
  });
});

describe('numbers of limits', () => {
  it('are read and written as people set them', () => {
    expect(countCpus('0')).toBe(1);
    expect(countCpus('0-1,4-7,9')).toBe(7);
    expect([367_001_600, 2 ** 31, 1.5 * 2 ** 30].map(formatLimit)).toEqual(['350 MB', '2 GB', '1.5 GB']);
  });
});
