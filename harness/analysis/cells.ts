import { policyId as policyName } from '../experiment/load/policy.ts';
import type { CpuClass, ProcessGroup } from '../model/counters.ts';
import { type Metric, STATISTICS, type Statistic } from '../model/findings.ts';
import type { LoadResult, TargetTimes } from '../model/load.ts';
import { holdsQuantile } from '../model/quantile.ts';
import type { Run } from '../model/run.ts';
import type { Trial } from '../model/trial.ts';
import {
  type CountedTimes,
  meanOfTimesUs,
  mergeTimes,
  quantileOfTimesUs,
  readTimes,
} from './statistics/counted-times.ts';

/** Metrics that have a histogram of their own. */
export const COUNTED_METRICS = ['handshake', 'connect', 'firstByte', 'total', 'totalFromDue', 'lateness'] as const;
export type CountedMetric = (typeof COUNTED_METRICS)[number];

/** Cores above the idle baseline of the same trial. */
interface CpuOverIdle {
  readonly busyCores: number;
  readonly idleBusyCores: number;
  readonly classes: Readonly<Record<CpuClass, number>>;
  /** null when no connection was opened. */
  readonly perConnectionUs: number | null;
  readonly perRequestUs: number | null;
}

/** One valid trial, its histograms read. */
export interface TrialSummary {
  readonly index: number;
  readonly round: number;
  readonly times: Readonly<Partial<Record<CountedMetric, CountedTimes>>>;
  /** µs, worked out once: every comparison asks for them again. A statistic that a trial has too few values for is missing. */
  readonly statistics: Readonly<Partial<Record<CountedMetric, Readonly<Partial<Record<Statistic, number>>>>>>;
  /** First byte less connect, mean per request; null without an answer. */
  readonly connectedToFirstByteUs: number | null;
  readonly connections: number;
  readonly requests: number;
  readonly cpu: CpuOverIdle | null;
  readonly groups: Readonly<Partial<Record<ProcessGroup, { cores: number; loadCores: number; rssBytes: number }>>>;
  /** Handshake (without a capture: connect) of each target, for fits over the rule index. */
  readonly targets: readonly { readonly id: string; readonly times: CountedTimes }[];
}

/** All valid trials of one (size, mode, policy), in the order of their rounds. */
export interface Cell {
  readonly sizeServices: number;
  readonly modeId: string;
  readonly policyId: string;
  readonly trials: readonly TrialSummary[];
}

const QUANTILES: Readonly<Record<Exclude<Statistic, 'mean'>, number>> = {
  p01: 0.01,
  p50: 0.5,
  p90: 0.9,
  p99: 0.99,
  'p99.9': 0.999,
};

/** One statistic of a histogram in µs. */
export function statisticUs(times: CountedTimes, statistic: Statistic): number {
  return statistic === 'mean' ? meanOfTimesUs(times) : quantileOfTimesUs(times, QUANTILES[statistic]);
}

/** One statistic of a trial in µs; `null` where the trial does not have it. */
export function trialStatisticUs(trial: TrialSummary, metric: Metric, statistic: Statistic): number | null {
  if (metric === 'connectedToFirstByte') return statistic === 'mean' ? trial.connectedToFirstByteUs : null;
  return trial.statistics[metric]?.[statistic] ?? null;
}

function isWithinSample(total: number, statistic: Statistic): boolean {
  return statistic === 'mean' || holdsQuantile(total, QUANTILES[statistic]);
}

function summarizeStatistics(times: TrialSummary['times']): TrialSummary['statistics'] {
  const ofMetric = (one: CountedTimes) =>
    STATISTICS.filter((statistic) => isWithinSample(one.total, statistic)).map(
      (statistic) => [statistic, statisticUs(one, statistic)] as const,
    );
  return Object.fromEntries(
    Object.entries(times)
      .filter(([, one]) => one.total > 0)
      .map(([metric, one]) => [metric, Object.fromEntries(ofMetric(one))]),
  );
}

function readLoadTimes(load: LoadResult, part: keyof TargetTimes): CountedTimes {
  return readTimes(load.targets.map((target) => target.times[part]));
}

function sumOf(load: LoadResult, pick: (target: LoadResult['targets'][number]) => number): number {
  return load.targets.reduce((sum, target) => sum + pick(target), 0);
}

/** Σ first byte − Σ connect over the requests: exact for the mean, also when a connection carries many requests. */
function meanConnectedToFirstByteUs(firstByte: CountedTimes, connect: CountedTimes): number | null {
  if (firstByte.total === 0) return null;
  const connectUs = connect.total === 0 ? 0 : meanOfTimesUs(connect) * connect.total;
  return meanOfTimesUs(firstByte) - connectUs / firstByte.total;
}

function summarizeCpu(trial: Trial, load: LoadResult): CpuOverIdle | null {
  const { cpuIdle: idle, cpuLoad: busy } = trial;
  if (idle === null || busy === null) return null;
  const busyCores = busy.busyCores - idle.busyCores;
  const usedUs = busyCores * load.durationMs * 1000;
  const connections = sumOf(load, (target) => target.connections);
  const requests = sumOf(load, (target) => target.outcomes.ok);
  return {
    busyCores,
    idleBusyCores: idle.busyCores,
    classes: {
      user: busy.userCores - idle.userCores,
      system: busy.systemCores - idle.systemCores,
      irq: busy.irqCores - idle.irqCores,
      softirq: busy.softirqCores - idle.softirqCores,
      steal: busy.stealCores - idle.stealCores,
    },
    perConnectionUs: connections === 0 ? null : usedUs / connections,
    perRequestUs: requests === 0 ? null : usedUs / requests,
  };
}

function summarizeGroups(trial: Trial): TrialSummary['groups'] {
  return Object.fromEntries(
    Object.entries(trial.groups).map(([group, use]) => [
      group,
      { cores: use.loadCores - use.idleCores, loadCores: use.loadCores, rssBytes: use.rssBytes },
    ]),
  );
}

function summarizeTrial(trial: Trial, load: LoadResult): TrialSummary {
  const targets =
    trial.wire === null
      ? load.targets.map(({ id, times }) => ({ id, times: readTimes([times.connect]) }))
      : trial.wire.targets.map(({ id, handshake }) => ({ id, times: readTimes([handshake]) }));
  const firstByte = readLoadTimes(load, 'firstByte');
  const connect = trial.wire === null ? mergeTimes(targets.map(({ times }) => times)) : readLoadTimes(load, 'connect');
  const times = {
    ...(trial.wire === null ? {} : { handshake: mergeTimes(targets.map((target) => target.times)) }),
    connect,
    firstByte,
    total: readLoadTimes(load, 'total'),
    totalFromDue: readLoadTimes(load, 'totalFromDue'),
    lateness: readTimes([load.lateness]),
  };
  return {
    index: trial.plan.index,
    round: trial.plan.round,
    times,
    statistics: summarizeStatistics(times),
    connectedToFirstByteUs: meanConnectedToFirstByteUs(firstByte, connect),
    connections: sumOf(load, (target) => target.connections),
    requests: sumOf(load, (target) => target.outcomes.ok),
    cpu: summarizeCpu(trial, load),
    groups: summarizeGroups(trial),
    targets,
  };
}

const cellKey = (sizeServices: number, modeId: string, policyId: string) =>
  JSON.stringify([sizeServices, modeId, policyId]);

/** Valid trials sorted into cells: by size, then modes and policies as the scenario lists them. */
export interface Cells {
  readonly all: readonly Cell[];
  readonly find: (sizeServices: number, modeId: string, policyId: string) => Cell | undefined;
}

/** Reads every valid trial's histograms, once. Invalid trials and trials without a load result enter nowhere. */
export function makeCells(run: Run): Cells {
  const byKey = new Map<string, Cell & { trials: TrialSummary[] }>();
  for (const trial of run.trials) {
    if (!trial.valid || trial.load === null) continue;
    const { sizeServices, modeId, policyId } = trial.plan;
    const key = cellKey(sizeServices, modeId, policyId);
    const cell = byKey.get(key) ?? { sizeServices, modeId, policyId, trials: [] };
    cell.trials.push(summarizeTrial(trial, trial.load));
    byKey.set(key, cell);
  }
  for (const cell of byKey.values()) cell.trials.sort((one, other) => one.round - other.round);
  const { modes, load } = run.header.scenario;
  const placeOf = ({ modeId, policyId }: Cell) => [
    modes.findIndex(({ id }) => id === modeId),
    load.policies.findIndex((policy) => policyName(policy) === policyId),
  ];
  const all = [...byKey.values()].sort((one, other) => {
    const [mode = 0, policy = 0] = placeOf(one);
    const [otherMode = 0, otherPolicy = 0] = placeOf(other);
    return one.sizeServices - other.sizeServices || mode - otherMode || policy - otherPolicy;
  });
  return { all, find: (...key) => byKey.get(cellKey(...key)) };
}
