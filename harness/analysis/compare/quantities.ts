import type { ComparedQuantity } from '../../model/comparison.ts';
import type { Run } from '../../model/run.ts';
import type { Cells } from '../cells.ts';
import { quantityOfRounds } from '../quantity.ts';

/** The policy of programming's cells: it happens before any load. */
export const NO_LOAD = 'no load';

/** A cell's place in one run. */
export interface Place {
  readonly sizeServices: number;
  readonly modeId: string;
  readonly policyId: string;
}

export interface ReadRun {
  readonly run: Run;
  readonly cells: Cells;
}

/** What is shown of every comparison; `--fail-on` may ask for more. */
export const SHOWN_QUANTITIES: readonly ComparedQuantity[] = [
  ...(['handshake', 'connect', 'total'] as const).flatMap((metric) =>
    (['mean', 'p50', 'p99'] as const).map((statistic) => ({ kind: 'time', metric, statistic }) as const),
  ),
  { kind: 'cpu' },
  { kind: 'programming' },
];

export function unitOfCompared({ kind }: ComparedQuantity): 'us' | 'cores' | 'ms' {
  return kind === 'time' ? 'us' : kind === 'cpu' ? 'cores' : 'ms';
}

/** The quantity's values in one place of one run: one per valid round; one in all for programming. */
export function valuesAt(
  { run, cells }: ReadRun,
  quantity: ComparedQuantity,
  { sizeServices, modeId, policyId }: Place,
): number[] {
  if (quantity.kind === 'programming') {
    return run.nodes
      .filter((node) => node.sizeServices === sizeServices && node.modeId === modeId)
      .map(({ programming }) => programming.settledMs);
  }
  return quantityOfRounds(cells.find(sizeServices, modeId, policyId), quantity).map(({ value }) => value);
}
