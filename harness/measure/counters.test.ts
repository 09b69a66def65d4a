import { describe, expect, it } from 'vitest';
import { parseConntrackStatistics } from './conntrack.ts';
import { parseCpuTimes, summarizeCpuUse } from './cpu.ts';
import { parseMemoryBytes } from './memory.ts';
import { groupCores, summarizeProcessGroups } from './process-groups.ts';
import { type ProcessRow, parseProcessRow } from './process-table.ts';

const UNITS = { ticksPerS: 100, pageBytes: 4096 };

describe('parseCpuTimes', () => {
  it('puts nice into user and iowait into idle', () => {
    const times = parseCpuTimes('cpu  27700 73 9069 275720 12 5 99 23 4 1\ncpu0 1 1 1 1 1 1 1 1 0 0\n', 100);
    expect(times).toEqual({
      userS: 277.73,
      systemS: 90.69,
      irqS: 0.05,
      softirqS: 0.99,
      stealS: 0.23,
      idleS: 2757.32,
      cores: 1,
    });
  });
});

describe('summarizeCpuUse', () => {
  const before = { userS: 1, systemS: 1, irqS: 0, softirqS: 2, stealS: 0.5, idleS: 10 };

  it('gives cores, and leaves steal out of what is busy', () => {
    const after = { userS: 2, systemS: 1.5, irqS: 0, softirqS: 2.5, stealS: 1.5, idleS: 12 };
    expect(summarizeCpuUse(before, after, 2000)).toEqual({
      durationMs: 2000,
      userCores: 0.5,
      systemCores: 0.25,
      irqCores: 0,
      softirqCores: 0.25,
      stealCores: 0.5,
      busyCores: 1,
    });
  });

  it('counts a class that went backwards as nothing', () => {
    expect(summarizeCpuUse(before, { ...before, stealS: 0.4 }, 1000).stealCores).toBe(0);
  });

  it('refuses an empty stretch of time', () => {
    expect(() => summarizeCpuUse(before, before, 0)).toThrow('stretch of time');
  });
});

describe('parseProcessRow', () => {
  it('is not fooled by a name with spaces and parentheses', () => {
    const stat =
      '42 (a) R (b c) S 7 42 42 0 -1 4194560 1000 500 0 0 12 3 40 5 20 0 9 0 123 700000000 2500 18446744073709551615 1 1 0';
    expect(parseProcessRow(stat)).toEqual({
      pid: 42,
      parentPid: 7,
      state: 'S',
      ownTicks: 15,
      endedChildrenTicks: 45,
      rssPages: 2500,
    });
  });

  it('is null for half a line', () => expect(parseProcessRow('42 (sh')).toBeNull());
});

describe('summarizeProcessGroups', () => {
  const row = (pid: number, parentPid: number, ownTicks: number, endedChildrenTicks = 0): ProcessRow => ({
    pid,
    parentPid,
    state: 'S',
    ownTicks,
    endedChildrenTicks,
    rssPages: 10,
  });
  // harness 2 → kube-proxy 3 → nft 4; harness 2 → nginx 5 → worker 6; harness 2 → a helper 7; 9 belongs to nobody.
  const rows = [
    row(1, 0, 1000),
    row(2, 1, 50, 900),
    row(3, 2, 20, 300),
    row(4, 3, 5),
    row(5, 2, 1),
    row(6, 5, 7),
    row(7, 2, 2),
    row(9, 1, 99),
  ];
  const table = new Map(rows.map((one) => [one.pid, one]));
  const groups = summarizeProcessGroups(
    [
      { group: 'harness', pids: [2], endedChildren: 'ignore' },
      { group: 'kube-proxy', pids: [3], endedChildren: 'count' },
      { group: 'nginx', pids: [5], endedChildren: 'count' },
      { group: 'capture', pids: [77], endedChildren: 'count' },
    ],
    table,
    UNITS,
  );

  it('counts kube-proxy with the child that runs and those that ended', () => {
    expect(groups['kube-proxy']).toEqual({ cpuUs: 3_250_000, rssBytes: 81_920, processes: 2 });
  });

  it('counts a master with its worker', () => expect(groups.nginx).toMatchObject({ cpuUs: 80_000, processes: 2 }));

  it('keeps the other groups, and what ended of them, out of the harness that started them', () => {
    expect(groups.harness).toMatchObject({ cpuUs: 520_000, processes: 2 });
  });

  it('leaves out a group whose root is gone', () => expect(groups.capture).toBeUndefined());
});

describe('groupCores', () => {
  const at = (cpuUs: number) => ({ cpuUs, rssBytes: 0, processes: 1 });
  it('is the average of cores used', () => expect(groupCores(at(0), at(500_000), 2000)).toBe(0.25));
  it('is no measurement when the counter went backwards', () => expect(groupCores(at(2), at(1), 1000)).toBeNull());
  it('is no measurement when the group was missing', () => expect(groupCores(undefined, at(1), 1000)).toBeNull());
});

describe('parseConntrackStatistics', () => {
  /** Columns as Linux 6.18 writes them; the numbers are made up. */
  const LINUX_6_18 = `entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
000000ff  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 0000000a 00000001 00000002 00000000  00000000 00000000 00000000 00000000
000000ff  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000006 00000010 00000000 00000000  00000000 00000000 00000000 00000000
`;
  /** Columns of Linux 4.19 (net/netfilter/nf_conntrack_standalone.c). */
  const LINUX_4_19 = `entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
00000010  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000002 00000003 00000000  00000000 00000000 00000000 00000000
`;

  it('adds the CPUs up, but the count of entries, which every row repeats', () => {
    expect(parseConntrackStatistics(LINUX_6_18)).toEqual({ count: 255, drop: 17, earlyDrop: 2, insertFailed: 16 });
  });

  it('reads older names of columns', () => {
    expect(parseConntrackStatistics(LINUX_4_19)).toEqual({ count: 16, drop: 2, earlyDrop: 3, insertFailed: 1 });
  });

  it('names the column that is missing', () => {
    expect(() => parseConntrackStatistics('entries drop\n1 2\n')).toThrow('"early_drop"');
  });
});

describe('parseMemoryBytes', () => {
  it('reads kibibytes', () => {
    expect(parseMemoryBytes('MemTotal:       24000000 kB\nMemAvailable:   10 kB\n', 'MemAvailable')).toBe(10_240);
  });
});
