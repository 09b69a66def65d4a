import { type Distribution, METRICS, type Metric, STATISTICS, type TimeEstimate } from '../model/findings.ts';
import { holdsQuantile } from '../model/quantile.ts';
import { type Cell, type Cells, COUNTED_METRICS, type CountedMetric, statisticUs } from './cells.ts';
import { quantityOfRounds } from './quantity.ts';
import { type CountedTimes, mergeTimes, quantileOfTimesUs } from './statistics/counted-times.ts';
import { estimateMean, type IntervalOptions } from './statistics/interval.ts';

/** All rounds of a cell added up; `null` where no trial has the metric. */
function mergeRounds(cell: Cell, metric: CountedMetric): CountedTimes | null {
  const parts = cell.trials.flatMap((trial) => trial.times[metric] ?? []);
  const merged = mergeTimes(parts);
  return merged.total === 0 ? null : merged;
}

function estimateMetric(
  cell: Cell,
  metric: Metric,
  merged: CountedTimes | null,
  options: IntervalOptions,
): TimeEstimate[] {
  const { sizeServices, modeId, policyId } = cell;
  return STATISTICS.flatMap((statistic) => {
    const values = quantityOfRounds(cell, { kind: 'time', metric, statistic }).map(({ value }) => value);
    if (values.length === 0) return [];
    const timeUs = estimateMean(values, options);
    const mergedUs = merged === null ? timeUs.value : statisticUs(merged, statistic);
    const samples = merged?.total ?? cell.trials.reduce((sum, trial) => sum + trial.requests, 0);
    return [{ sizeServices, modeId, policyId, metric, statistic, timeUs, mergedUs, samples }];
  });
}

/** 0, then finer towards the tail, where a chart of percentiles looks closest. */
const CHART_QUANTILES: readonly number[] = [
  0,
  0.001,
  0.01,
  ...Array.from({ length: 18 }, (_, step) => (step + 1) * 0.05),
  0.925,
  0.95,
  0.96,
  0.97,
  0.98,
  0.99,
  0.993,
  0.995,
  0.997,
  0.999,
  0.9995,
  0.9999,
  1,
];

function chartPoints(merged: CountedTimes): Distribution['points'] {
  const shown = CHART_QUANTILES.filter(
    (quantile) => quantile === 0 || quantile === 1 || holdsQuantile(merged.total, quantile),
  );
  return shown.map((quantile) => ({
    quantile: Number(quantile.toFixed(4)),
    us: quantileOfTimesUs(merged, quantile),
  }));
}

export interface CellTimes {
  readonly times: TimeEstimate[];
  readonly distributions: Distribution[];
}

/** Estimates of every metric and statistic, and the merged distributions, of every cell. */
export function summarizeTimes(cells: Cells, options: IntervalOptions): CellTimes {
  const perCell = cells.all.map((cell) => {
    const merged = new Map(COUNTED_METRICS.map((metric) => [metric as Metric, mergeRounds(cell, metric)]));
    const { sizeServices, modeId, policyId } = cell;
    return {
      times: METRICS.flatMap((metric) => estimateMetric(cell, metric, merged.get(metric) ?? null, options)),
      distributions: COUNTED_METRICS.flatMap((metric) => {
        const one = merged.get(metric);
        return one ? [{ sizeServices, modeId, policyId, metric, count: one.total, points: chartPoints(one) }] : [];
      }),
    };
  });
  return { times: perCell.flatMap(({ times }) => times), distributions: perCell.flatMap((one) => one.distributions) };
}
