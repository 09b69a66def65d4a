import {
  type CountedTimes,
  holdsStatistic,
  meanOfTimesUs,
  readTimes,
  statisticOfTimesUs,
} from '../../model/counted-times.ts';
import { CPU_CLASSES, type CpuClass } from '../../model/counters.ts';
import type { LoadResult, TargetTimes } from '../../model/load.ts';
import { STATISTICS } from '../../model/quantity.ts';
import type { Run } from '../../model/run.ts';
import type { Trial } from '../../model/trial.ts';
import type { Observed, Reading } from '../observed.ts';
import { LOAD } from './quantities.ts';

type Values = [string, number][];

const COUNTED = ['connect', 'firstByte', 'total', 'totalFromDue'] as const;

function readLoadTimes(load: LoadResult, part: keyof TargetTimes): CountedTimes {
  return readTimes(load.targets.map((target) => target.times[part]));
}

/** A trial's distributions by id: the client's, its lateness, and the wire's where it was captured. */
function readDistributions(load: LoadResult, wire: Trial['wire']): Map<string, CountedTimes> {
  const ofWire = wire === null ? [] : [['handshake', readTimes(wire.targets.map((one) => one.handshake))] as const];
  return new Map([
    ...ofWire,
    ...COUNTED.map((part) => [part, readLoadTimes(load, part)] as const),
    ['lateness', readTimes([load.lateness])] as const,
  ]);
}

/** A statistic that there are too few times for is missing. */
function timeValues(distributions: ReadonlyMap<string, CountedTimes>): Values {
  return [...distributions].flatMap(([id, times]) =>
    STATISTICS.filter((statistic) => holdsStatistic(times, statistic)).map((statistic): [string, number] => [
      `${id}.${statistic}`,
      statisticOfTimesUs(times, statistic),
    ]),
  );
}

function sumOf(load: LoadResult, pick: (target: LoadResult['targets'][number]) => number): number {
  return load.targets.reduce((sum, target) => sum + pick(target), 0);
}

/** Σ first byte − Σ connect over the requests: exact for the mean, also when a connection carries many requests. */
function afterConnectValues(distributions: ReadonlyMap<string, CountedTimes>): Values {
  const [firstByte, connect] = [distributions.get('firstByte'), distributions.get('connect')];
  if (firstByte === undefined || firstByte.total === 0) return [];
  const connectUs = connect === undefined || connect.total === 0 ? 0 : meanOfTimesUs(connect) * connect.total;
  return [['connectedToFirstByte.mean', meanOfTimesUs(firstByte) - connectUs / firstByte.total]];
}

const CORES_OF: Readonly<Record<CpuClass, `${CpuClass}Cores`>> = {
  user: 'userCores',
  system: 'systemCores',
  irq: 'irqCores',
  softirq: 'softirqCores',
  steal: 'stealCores',
};

/** Cores above the idle baseline of the same trial. */
function cpuValues({ cpuIdle: idle, cpuLoad: busy }: Trial, load: LoadResult): Values {
  if (idle === null || busy === null) return [];
  const busyCores = busy.busyCores - idle.busyCores;
  const usedUs = busyCores * load.durationMs * 1000;
  const connections = sumOf(load, (target) => target.connections);
  const requests = sumOf(load, (target) => target.outcomes.ok);
  return [
    ['cpu', busyCores],
    ['cpu.idle', idle.busyCores],
    ...CPU_CLASSES.map((name): [string, number] => [`cpu.${name}`, busy[CORES_OF[name]] - idle[CORES_OF[name]]]),
    ...(connections === 0 ? [] : [['cpu.perConnection', usedUs / connections] as [string, number]]),
    ...(requests === 0 ? [] : [['cpu.perRequest', usedUs / requests] as [string, number]]),
  ];
}

function groupValues({ groups }: Trial): Values {
  return Object.entries(groups).flatMap(
    ([group, use]): Values => [
      [`cpu.${group}`, use.loadCores - use.idleCores],
      [`memory.${group}`, use.rssBytes],
    ],
  );
}

/** Handshake (without a capture: connect) of each target. */
function readTargets({ wire }: Trial, load: LoadResult): Reading['targets'] {
  if (wire === null)
    return {
      quantity: 'connect.p50',
      times: load.targets.map(({ id, times }) => ({ id, times: readTimes([times.connect]) })),
    };
  return {
    quantity: 'handshake.p50',
    times: wire.targets.map(({ id, handshake }) => ({ id, times: readTimes([handshake]) })),
  };
}

/** What one trial says of every quantity, its histograms read once. */
export function readTrial(trial: Trial, load: LoadResult): Reading {
  const distributions = readDistributions(load, trial.wire);
  return {
    values: new Map([
      ...timeValues(distributions),
      ...afterConnectValues(distributions),
      ...cpuValues(trial, load),
      ...groupValues(trial),
    ]),
    distributions,
    samples: sumOf(load, (target) => target.outcomes.ok),
    targets: readTargets(trial, load),
  };
}

/** A valid trial, read; `null` for one that is invalid or has no load result, which says nothing. */
export function observeTrial(trial: Trial): Observed | null {
  if (!trial.valid || trial.load === null) return null;
  const { sizeServices, modeId, policyId: spec, round } = trial.plan;
  const reading = readTrial(trial, trial.load);
  return { sizeServices, modeId, experiment: LOAD, spec, repetition: 'round', round, reading };
}

export function observeLoad({ trials }: Run): Observed[] {
  return trials.flatMap((trial) => observeTrial(trial) ?? []);
}
