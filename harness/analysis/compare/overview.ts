import { LOAD } from '../../experiment/load/quantities.ts';
import type { ExperimentSpec } from '../../experiment/quantities.ts';
import type { ComparisonAxis, OverviewRow } from '../../model/comparison.ts';
import type { Estimate, Estimated, Slope } from '../../model/findings.ts';
import { isAsked, type Quantity } from '../../model/quantity.ts';
import { summarizeCells } from '../estimates.ts';
import { fitSlopes } from '../slopes.ts';
import type { ReadRun } from './read-run.ts';
import { modeKey } from './settings.ts';

/** One number of one run. */
interface Figure extends Omit<OverviewRow, 'values'> {
  readonly value: Estimated;
}

/**
 * What a reader of a series asks first, run by run and mode by mode: time to programme, latency of a change, handshake per rule (modes whose rules stand in an order) and per Service (all), CPU per new connection.
 * Quantity by quantity, the largest size first. `null` where a run has no such number: a mode that its kernel lacks, too few connections for a slope.
 */
export function summarizeOverview(reads: readonly ReadRun[], axis: ComparisonAxis): OverviewRow[] {
  const quantities = reads[0]?.quantities ?? [];
  const byRun = reads.map((read) => new Map(figuresOf(read).map((figure) => [keyOf(figure, read, axis), figure])));
  return [...new Set(byRun.flatMap((own) => [...own.keys()]))]
    .flatMap((key) => {
      const [first] = byRun.flatMap((own) => own.get(key) ?? []);
      if (first === undefined) return [];
      const { value: _value, ...kind } = first;
      return [{ ...kind, values: byRun.map((own) => own.get(key)?.value ?? null) }];
    })
    .sort(
      (one, other) =>
        rankOf(one, quantities) - rankOf(other, quantities) || (other.sizeServices ?? 0) - (one.sizeServices ?? 0),
    );
}

function keyOf({ quantity, axis, sizeServices, spec, modeId }: Figure, { run }: ReadRun, by: ComparisonAxis): string {
  return JSON.stringify([quantity, axis, sizeServices, spec, modeKey(modeId, run, by)]);
}

/** The order of a series: what repeats least first, values after slopes. */
function rankOf({ quantity, axis }: OverviewRow, quantities: readonly Quantity[]): number {
  const own = quantities.find(({ id }) => id === quantity);
  if (own?.experiment !== LOAD) return quantities.findIndex(({ id }) => id === quantity) - quantities.length;
  return axis === 'rule-index' ? 0 : axis === 'services' ? 1 : 2;
}

function figuresOf(read: ReadRun): Figure[] {
  const { run, cells, quantities } = read;
  const { scenario, seed } = run.header;
  const options = { confidence: scenario.stop.confidence, seed };
  const { estimates } = summarizeCells(
    cells,
    quantities.filter((one) => isAsked(one, 'overview')),
    options,
  );
  // Where connections are kept, a new one is no question.
  const isShown = ({ experiment, spec }: ExperimentSpec) => experiment !== LOAD || spec === 'per-request';
  return [
    ...estimates.filter(isShown).flatMap(valueFigure),
    ...fitSlopes(run, cells, quantities, options)
      .slopes.filter(isShown)
      .flatMap((slope) => slopeFigure(slope, quantities)),
  ];
}

/** The floor programs nothing. */
function valueFigure({ quantity, unit, sizeServices, experiment, spec, modeId, ...value }: Estimate): Figure[] {
  if (value.value === 0) return [];
  const { repetition: _repetition, merged: _merged, samples: _samples, ...estimated } = value;
  return [{ quantity, axis: null, unit, sizeServices, experiment, spec, modeId, value: estimated }];
}

/** Over the places of rules whatever was fitted, over the sizes what the first table asks for. */
function slopeFigure(one: Slope, quantities: readonly Quantity[]): Figure[] {
  const { axis, quantity, unit, modeId, experiment, spec, sizeServices, slope } = one;
  const asked = quantities.some((own) => own.id === quantity && isAsked(own, 'overview-line'));
  if (axis === 'services' && !asked) return [];
  return [{ quantity, axis, unit, sizeServices, experiment, spec, modeId, value: slope }];
}
