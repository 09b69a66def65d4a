import { expect, it } from 'vitest';
import { type FetchProxyLog, ProxyPodLog } from './pod-log.ts';

const LINES = [
  '2026-11-27T10:00:00.1Z E1127 10:00:00.100000       1 proxier.go:1400] "Failed to execute iptables-restore" err="exit status 4"',
  '2026-11-27T10:00:09.2Z I1127 10:00:09.200000       1 proxier.go:900] "SyncProxyRules complete" elapsed="95ms"',
  '2026-11-27T10:00:12Z E1127 10:00:12.000000       1 proxier.go:1400] "Failed to execute iptables-restore" err="exit status 4"',
  '2026-11-27T10:00:12.5Z W1127 10:00:12.500000       1 server.go:11] "nodePortAddresses is unset"',
];

/** A pod whose log grows line by line, read by its own clock. */
function growingLog() {
  const written: { readonly line: string; readonly atS: number }[] = [];
  const state = { nowS: 0, refuses: false };
  const fetch: FetchProxyLog = async (part) => {
    if (state.refuses) throw new Error('403');
    const lines =
      part === 'last-line' ? written.slice(-1) : written.filter(({ atS }) => atS >= state.nowS - part.sinceS);
    return lines.map(({ line }) => `${line}\n`).join('');
  };
  const write = (index: number, atS: number) => {
    state.nowS = atS;
    written.push({ line: LINES[index] ?? '', atS });
  };
  return { state, fetch, write, now: () => state.nowS * 1000 };
}

const counts = (log: ProxyPodLog) => log.takeErrors().map(({ source, count }) => [source, count]);

it('counts what is logged after it was opened, each line once, and not what is harmless', async () => {
  const pod = growingLog();
  pod.write(0, 100);
  const log = await ProxyPodLog.open(pod.fetch, pod.now);
  if (log === null) throw new Error('the log was refused');
  pod.write(1, 101);
  expect(await log.read()).toBe(true);
  expect(counts(log)).toEqual([]);
  pod.write(2, 103);
  pod.write(3, 104);
  await log.read();
  await log.read();
  expect(counts(log)).toEqual([['proxier.go:1400', 1]]);
  expect(counts(log)).toEqual([]);
});

it('reads later what it could not read, and opens nothing where the log is not to be had', async () => {
  const pod = growingLog();
  pod.write(1, 100);
  const log = await ProxyPodLog.open(pod.fetch, pod.now);
  if (log === null) throw new Error('the log was refused');
  pod.state.refuses = true;
  pod.write(2, 120);
  expect(await log.read()).toBe(false);
  expect(await ProxyPodLog.open(pod.fetch, pod.now)).toBeNull();
  pod.state.refuses = false;
  pod.state.nowS = 160;
  expect(await log.read()).toBe(true);
  expect(counts(log)).toEqual([['proxier.go:1400', 1]]);
});

it('begins with the first line of a log that was empty', async () => {
  const pod = growingLog();
  const log = await ProxyPodLog.open(pod.fetch, pod.now);
  pod.write(2, 10);
  await log?.read();
  expect(log === null ? [] : counts(log)).toEqual([['proxier.go:1400', 1]]);
});
