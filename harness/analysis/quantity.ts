import type { Quantity } from '../model/findings.ts';
import type { Cell, TrialSummary } from './cells.ts';
import { trialStatisticUs } from './cells.ts';

/** What the first sentences may speak of; these comparisons share one error rate. */
export const HEADLINE_QUANTITIES: readonly Quantity[] = [
  { kind: 'time', metric: 'handshake', statistic: 'p50' },
  { kind: 'time', metric: 'total', statistic: 'p50' },
  { kind: 'cpu' },
];

export function isHeadline(quantity: Quantity): boolean {
  return HEADLINE_QUANTITIES.some((one) => isSameQuantity(one, quantity));
}

export function isSameQuantity(one: Quantity, other: Quantity): boolean {
  if (one.kind === 'cpu' || other.kind === 'cpu') return one.kind === other.kind;
  return one.metric === other.metric && one.statistic === other.statistic;
}

/** µs for times, cores over idle for CPU. */
export function unitOf(quantity: Quantity): 'us' | 'cores' {
  return quantity.kind === 'cpu' ? 'cores' : 'us';
}

/** The quantity in one trial; `null` where the trial does not have it. */
function quantityOfTrial(trial: TrialSummary, quantity: Quantity): number | null {
  if (quantity.kind === 'cpu') return trial.cpu?.busyCores ?? null;
  return trialStatisticUs(trial, quantity.metric, quantity.statistic);
}

/** The quantity in every round of a cell that has it. */
export function quantityOfRounds(cell: Cell | undefined, quantity: Quantity): { round: number; value: number }[] {
  return (cell?.trials ?? []).flatMap((trial) => {
    const value = quantityOfTrial(trial, quantity);
    return value === null || !Number.isFinite(value) ? [] : [{ round: trial.round, value }];
  });
}
