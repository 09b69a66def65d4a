import { holdsStatistic, readTimes, statisticOfTimesUs } from '../model/counted-times.ts';
import { CPU_CLASSES, type CpuUse } from '../model/counters.ts';
import type { StoredHistogram } from '../model/histogram.ts';
import type { Statistic } from '../model/quantity.ts';
import type { Run } from '../model/run.ts';
import type { Trial } from '../model/trial.ts';

type Value = string | number | boolean | null;

/** A field of RFC 4180: quoted when it holds a comma, a quote or a line break. */
function csvField(value: Value): string {
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return '';
  const text = typeof value === 'number' ? String(Number(value.toPrecision(7))) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** From sending, and from when the request was due. */
const TIMES = ['connect', 'firstByte', 'total', 'connectFromDue', 'firstByteFromDue', 'totalFromDue'] as const;
type Time = 'handshake' | (typeof TIMES)[number];

const QUANTILES = { P50: 'p50', P90: 'p90', P99: 'p99', P999: 'p99.9' } as const satisfies Record<string, Statistic>;

/** Histograms of one time over all targets of a trial. */
function histogramsOf(trial: Trial, time: Time): StoredHistogram[] {
  if (time === 'handshake') return trial.wire?.targets.map((target) => target.handshake) ?? [];
  return trial.load?.targets.map((target) => target.times[time]) ?? [];
}

/** A quantile that the count cannot hold stays empty. */
function timeColumns(trial: Trial, time: Time): [string, Value][] {
  const times = readTimes(histogramsOf(trial, time));
  const statisticUs = (statistic: Statistic) =>
    holdsStatistic(times, statistic) ? statisticOfTimesUs(times, statistic) : null;
  const quantiles = Object.entries(QUANTILES).map(([name, statistic]): [string, Value] => [
    `${time}${name}Us`,
    statisticUs(statistic),
  ]);
  return [[`${time}Count`, times.total], [`${time}MeanUs`, statisticUs('mean')], ...quantiles];
}

function cpuColumns(prefix: string, use: CpuUse | null): [string, Value][] {
  return [
    ...CPU_CLASSES.map((name): [string, Value] => [`${prefix}${name}Cores`, use === null ? null : use[`${name}Cores`]]),
    [`${prefix}busyCores`, use === null ? null : use.busyCores],
  ];
}

function outcomeColumns(trial: Trial): [string, Value][] {
  const targets = trial.load?.targets ?? null;
  const names = ['ok', 'refused', 'reset', 'timedOut', 'badStatus', 'wrongBody', 'failed', 'unsent'] as const;
  const sum = (name: (typeof names)[number]): Value =>
    targets === null ? null : targets.reduce((total, target) => total + target.outcomes[name], 0);
  return names.map((name) => [name, sum(name)]);
}

function columnsOf(trial: Trial): [string, Value][] {
  const { plan, load } = trial;
  return [
    ['trial', plan.index],
    ['services', plan.sizeServices],
    ['round', plan.round],
    ['mode', plan.modeId],
    ['policy', plan.policyId],
    ['startedAt', trial.startedAt],
    ['durationMs', trial.durationMs],
    ['valid', trial.valid],
    ['invalidReasons', trial.invalid.map((reason) => reason.code).join(' ')],
    ['requestedRps', load?.requestedRateRps ?? null],
    ['achievedRps', load?.achievedRateRps ?? null],
    ['connections', load === null ? null : load.targets.reduce((total, target) => total + target.connections, 0)],
    ...outcomeColumns(trial),
    ['synRetransmits', load?.synRetransmits ?? null],
    ...timeColumns(trial, 'handshake'),
    ...TIMES.flatMap((time) => timeColumns(trial, time)),
    ...cpuColumns('idle_', trial.cpuIdle),
    ...cpuColumns('load_', trial.cpuLoad),
    ['kubeProxyCores', trial.groups['kube-proxy']?.loadCores ?? null],
    ['clientCores', trial.groups.client?.loadCores ?? null],
    ['nginxCores', trial.groups.nginx?.loadCores ?? null],
    ['syncs', trial.syncs.length],
  ];
}

/** A run → `trials.csv`: one row per trial, valid or not, with quantiles out of its histograms. */
export function trialsCsv(run: Run): string {
  const rows = run.trials.map(columnsOf);
  const names = rows[0]?.map(([name]) => name) ?? ['trial'];
  const lines = [names, ...rows.map((row) => row.map(([, value]) => value))];
  return `${lines.map((line) => line.map(csvField).join(',')).join('\r\n')}\r\n`;
}
