import { listQuantities } from '../../experiment/quantities.ts';
import type { Quantity } from '../../model/quantity.ts';
import type { Run } from '../../model/run.ts';
import { type Cell, type Cells, makeCells } from '../cells.ts';

/** A run whose observations are read. */
export interface ReadRun {
  readonly run: Run;
  readonly cells: Cells;
  readonly quantities: readonly Quantity[];
}

export function readRun(run: Run): ReadRun {
  return { run, cells: makeCells(run), quantities: listQuantities(run.header.scenario) };
}

/** Taken in every round, and not once for each node. */
export const isRepeated = ({ repetition }: Cell) => repetition === 'round';
