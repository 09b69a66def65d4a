import { LOAD } from '../../../experiment/load/quantities.ts';
import { specsOf } from '../../../model/estimate-lookup.ts';
import type { Findings, Growth, PairedDifference } from '../../../model/findings.ts';

export const TOTAL_P50 = 'total.p50';
export const HANDSHAKE_P50 = 'handshake.p50';
export const CONNECT_MEAN = 'connect.mean';
export const AFTER_CONNECT_MEAN = 'connectedToFirstByte.mean';
export const CPU = 'cpu';

/** a − b turned round. */
function negated(one: PairedDifference): PairedDifference {
  const turn = (estimate: PairedDifference['difference']) => ({
    ...estimate,
    value: -estimate.value,
    low: estimate.high === null ? null : -estimate.high,
    high: estimate.low === null ? null : -estimate.low,
  });
  return {
    ...one,
    modeId: one.referenceModeId,
    referenceModeId: one.modeId,
    referenceValue: one.referenceValue + one.difference.value,
    difference: turn(one.difference),
    adjusted: turn(one.adjusted),
  };
}

export interface DifferenceQuery {
  readonly modeId: string;
  readonly referenceModeId: string;
  readonly policyId: string;
  readonly quantity: string;
}

/** modeId − referenceModeId at every size that has it, ascending, whichever way round it is stored. */
export function differencesBetween(findings: Findings, query: DifferenceQuery): PairedDifference[] {
  const { modeId, referenceModeId, policyId, quantity } = query;
  return findings.differences
    .filter((one) => one.spec === policyId && one.quantity === quantity)
    .flatMap((one) => {
      if (one.modeId === modeId && one.referenceModeId === referenceModeId) return [one];
      return one.modeId === referenceModeId && one.referenceModeId === modeId ? [negated(one)] : [];
    })
    .sort((one, other) => one.sizeServices - other.sizeServices);
}

/** Growth of one mode over its own smallest size, ascending. */
export function growthsOf(findings: Findings, query: { modeId: string; policyId: string; quantity: string }): Growth[] {
  return findings.growths
    .filter((one) => one.modeId === query.modeId && one.spec === query.policyId && one.quantity === query.quantity)
    .sort((one, other) => one.sizeServices - other.sizeServices);
}

/** Keepalive policies that a run has, the study's 100 requests per connection first. */
export function keepalivePolicies(findings: Findings): string[] {
  return specsOf(findings, LOAD)
    .filter((id) => id.startsWith('keepalive'))
    .sort((one) => (one === 'keepalive-100' ? -1 : 1));
}

/** The study's largest size. */
export const STUDY_LARGEST = 10_000;

/** "Too few rounds for an interval at 1 Services" where one of these has none; `null` where all have one. */
export function lackingInterval(differences: readonly Pick<PairedDifference, 'adjusted'>[]): string | null {
  const missing = differences
    .filter(({ adjusted }) => adjusted.low === null)
    .map(({ adjusted }) => adjusted.missingRounds);
  if (missing.length === 0) return null;
  const most = Math.max(...missing);
  return most === 0
    ? 'There is no interval to decide by.'
    : `Too few rounds for an interval: it needs ${most} more that are complete.`;
}

/** Why two modes have no difference under a policy: the scenario has not that policy, or they have no valid round in common. */
export function whyNotCompared(findings: Findings, policyId: string, modeIds: readonly [string, string]): string {
  if (!specsOf(findings, LOAD).includes(policyId))
    return policyId === 'per-request'
      ? 'This run has no new connection per request.'
      : `This run has no policy ${policyId}.`;
  return `${modeIds[0]} and ${modeIds[1]} have no round in which the trials of both are valid.`;
}

/** "12 more rounds" where that can be said. */
export function settledBy(differences: readonly { roundsNeeded: number | null; verdict: string }[]): string {
  const open = differences.filter(({ verdict }) => verdict === 'unsure');
  if (open.length === 0) return '';
  const needed = open.map(({ roundsNeeded }) => roundsNeeded);
  const known = needed.filter((rounds) => rounds !== null);
  if (known.length < needed.length || known.length === 0)
    return ' More rounds would settle it; how many cannot be said from so few.';
  const most = Math.max(...known);
  return ` About ${most} more round${most === 1 ? '' : 's'} would settle it, should the spread stay as it is.`;
}
