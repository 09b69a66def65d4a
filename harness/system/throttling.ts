import { findControlGroups, type ReadText, readText } from './cgroup.ts';

/** How often a CPU quota has stopped this process and its like so far: counters, of all groups around it that have a quota. */
export interface ThrottlingCounters {
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledMs: number;
}

/** `null` where no control group has a quota: then nothing can be stopped. */
export function readThrottling(read: ReadText = readText): ThrottlingCounters | null {
  const groups = findControlGroups('cpu', read);
  const counted = (groups?.directories ?? [])
    .map((directory) => parseThrottling(read(`${directory}/cpu.stat`) ?? ''))
    .filter((one) => one.periods > 0);
  if (counted.length === 0) return null;
  const sum = (pick: (one: ThrottlingCounters) => number) => counted.reduce((total, one) => total + pick(one), 0);
  return {
    periods: sum((one) => one.periods),
    throttledPeriods: sum((one) => one.throttledPeriods),
    throttledMs: sum((one) => one.throttledMs),
  };
}

/** Version 1 counts the time in ns, version 2 in us. Both count the time of every CPU. */
function parseThrottling(stat: string): ThrottlingCounters {
  const number = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  return {
    periods: number('nr_periods'),
    throttledPeriods: number('nr_throttled'),
    throttledMs: number('throttled_time') / 1e6 + number('throttled_usec') / 1e3,
  };
}
