import { type CountedTimes, mergeTimes, quantileOfTimesUs, statisticOfTimesUs } from '../model/counted-times.ts';
import type { Distribution, Estimate } from '../model/findings.ts';
import { holdsQuantile } from '../model/quantile.ts';
import type { Quantity } from '../model/quantity.ts';
import { type Cell, type Cells, placeOf, valuesOf } from './cells.ts';
import { estimateMean, type IntervalOptions } from './statistics/interval.ts';

/** All rounds of a cell added up, by distribution; those without a time are left out. */
function mergeRounds(cell: Cell): Map<string, CountedTimes> {
  const ids = new Set(cell.observations.flatMap(({ reading }) => [...reading.distributions.keys()]));
  const merged = [...ids].map((id) => {
    const parts = cell.observations.flatMap(({ reading }) => reading.distributions.get(id) ?? []);
    return [id, mergeTimes(parts)] as const;
  });
  return new Map(merged.filter(([, times]) => times.total > 0));
}

function estimateCell(
  cell: Cell,
  quantity: Quantity,
  merged: ReadonlyMap<string, CountedTimes>,
  options: IntervalOptions,
): Estimate[] {
  const values = valuesOf(cell, quantity);
  if (values.length === 0) return [];
  const { distribution, id, unit } = quantity;
  const times = distribution === null ? undefined : merged.get(distribution.id);
  const samples = times?.total ?? cell.observations.reduce((sum, { reading }) => sum + reading.samples, 0);
  const mergedValue =
    times === undefined || distribution === null ? null : statisticOfTimesUs(times, distribution.statistic);
  return [
    {
      ...placeOf(cell),
      quantity: id,
      unit,
      ...estimateMean(values, options),
      repetition: cell.repetition,
      merged: mergedValue,
      samples,
    },
  ];
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

/** Every quantity of every cell that has it, and the cells' distributions, all rounds added up. */
export function summarizeCells(
  cells: Cells,
  quantities: readonly Quantity[],
  options: IntervalOptions,
): { estimates: Estimate[]; distributions: Distribution[] } {
  const perCell = cells.all.map((cell) => {
    const merged = mergeRounds(cell);
    const own = quantities.filter(({ experiment }) => experiment === cell.experiment);
    return {
      estimates: own.flatMap((quantity) => estimateCell(cell, quantity, merged, options)),
      distributions: [...merged].map(([distribution, times]) => ({
        ...placeOf(cell),
        distribution,
        count: times.total,
        points: chartPoints(times),
      })),
    };
  });
  return {
    estimates: perCell.flatMap((one) => one.estimates),
    distributions: perCell.flatMap((one) => one.distributions),
  };
}
