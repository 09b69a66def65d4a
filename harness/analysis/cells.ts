import type { Observed, Repetition } from '../experiment/observed.ts';
import { listSpecs, observeRun } from '../experiment/quantities.ts';
import type { Quantity } from '../model/quantity.ts';
import type { Run } from '../model/run.ts';

/** Where a number was taken. */
export interface Place {
  readonly sizeServices: number;
  readonly modeId: string;
  readonly experiment: string;
  readonly spec: string;
}

/** All observations of one place, in the order of their rounds. */
export interface Cell extends Place {
  readonly repetition: Repetition;
  readonly observations: readonly Observed[];
}

/** A run's observations sorted into cells: by size, then modes as the scenario lists them, then experiments and their specs. */
export interface Cells {
  readonly all: readonly Cell[];
  readonly find: (place: Place) => Cell | undefined;
}

const keyOf = ({ sizeServices, modeId, experiment, spec }: Place) =>
  JSON.stringify([sizeServices, modeId, experiment, spec]);

export function placeOf({ sizeServices, modeId, experiment, spec }: Place): Place {
  return { sizeServices, modeId, experiment, spec };
}

function makeCell(observations: readonly Observed[]): Cell[] {
  const [first] = observations;
  if (first === undefined) return [];
  const sorted = observations.toSorted((one, other) => one.round - other.round);
  return [{ ...placeOf(first), repetition: first.repetition, observations: sorted }];
}

/** Reads every valid observation, once. */
export function makeCells(run: Run): Cells {
  const cells = [...Map.groupBy(observeRun(run), keyOf).values()].flatMap(makeCell);
  const { scenario } = run.header;
  const modes = scenario.modes.map(({ id }) => id);
  const specs = listSpecs(scenario).map(({ experiment, spec }) => `${experiment} ${spec}`);
  const rankOf = ({ experiment, spec }: Cell) => specs.indexOf(`${experiment} ${spec}`);
  const all = cells.sort(
    (one, other) =>
      one.sizeServices - other.sizeServices ||
      modes.indexOf(one.modeId) - modes.indexOf(other.modeId) ||
      rankOf(one) - rankOf(other),
  );
  const byKey = new Map(all.map((cell) => [keyOf(cell), cell]));
  return { all, find: (place) => byKey.get(keyOf(place)) };
}

/** The quantity in every observation of a cell that has it. */
export function valuesOfRounds(cell: Cell | undefined, { id }: Quantity): { round: number; value: number }[] {
  return (cell?.observations ?? []).flatMap(({ round, reading }) => {
    const value = reading.values.get(id);
    return value === undefined || !Number.isFinite(value) ? [] : [{ round, value }];
  });
}

export function valuesOf(cell: Cell | undefined, quantity: Quantity): number[] {
  return valuesOfRounds(cell, quantity).map(({ value }) => value);
}
