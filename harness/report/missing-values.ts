import { estimatesOf, findEstimate, quantityOf } from '../model/estimate-lookup.ts';
import type { Findings } from '../model/findings.ts';
import { formatPlural } from './format-number.ts';

interface Cell {
  readonly sizeServices: number;
  readonly spec: string;
}

const TABLED_TIMES = ['handshake', 'connect', 'total'] as const;

const isOf =
  ({ sizeServices, spec }: Cell) =>
  (row: Cell) =>
    row.sizeServices === sizeServices && row.spec === spec;

/** Why a table of one size and policy has cells without a value, a line for each reason; none where it has them all. */
export function missingValueNotes(findings: Findings, cell: Cell): readonly string[] {
  const values = findings.estimates.filter(isOf(cell));
  const measured = findings.modeIds.filter((modeId) => values.some((row) => row.modeId === modeId));
  const whole = findings.modeIds.filter((modeId) => !measured.includes(modeId));
  return [
    ...whole.map((modeId) => `–  ${modeId}: ${whyNoTrial(findings, { ...cell, modeId })}`),
    ...(measured.length === 0 ? [] : [...timeNotes(findings, cell, measured), ...cpuNotes(findings, cell, measured)]),
  ];
}

/** A mode without one value: what became of its trials. */
function whyNoTrial(findings: Findings, { modeId, ...cell }: Cell & { readonly modeId: string }): string {
  const invalid = findings.invalidTrials.filter((trial) => isOf(cell)(trial) && trial.modeId === modeId);
  if (invalid.length === 0) return 'no trial was taken';
  const reasons = Map.groupBy(
    invalid.flatMap((trial) => trial.reasons),
    ({ code }) => code,
  );
  const [most] = [...reasons.values()].toSorted((one, other) => other.length - one.length);
  const why = most?.[0]?.message ?? 'they hold no result';
  return invalid.length === 1
    ? `its one trial is invalid: ${why}`
    : `none of its ${formatPlural(invalid.length, 'trial')} is valid: ${why}`;
}

function timeNotes(findings: Findings, cell: Cell, modeIds: readonly string[]): readonly string[] {
  const reasons = TABLED_TIMES.flatMap((time) => {
    const why = whyNoStatistic(findings, { ...cell, time, modeIds });
    const name = quantityOf(findings, `${time}.p50`).distribution?.name ?? time;
    return why === null ? [] : [{ name, why }];
  });
  const byReason = Map.groupBy(reasons, ({ why }) => why);
  return [...byReason].map(([why, ofReason]) => `–  ${ofReason.map(({ name }) => name).join(', ')}: ${why}`);
}

function whyNoStatistic(
  findings: Findings,
  { time, modeIds, ...cell }: Cell & { readonly time: string; readonly modeIds: readonly string[] },
): string | null {
  const without = (statistic: string) =>
    modeIds.filter((modeId) => findEstimate(findings, { ...cell, modeId }, `${time}.${statistic}`) === undefined);
  // A mean takes one value, so whoever has none has no statistic at all.
  const none = without('mean');
  if (none.length > 0) {
    const anywhere = estimatesOf(findings, `${time}.mean`).length > 0;
    return anywhere ? `no connection was opened in a trial (${none.join(', ')})` : 'not measured in this run';
  }
  if (without('p50').length > 0) return 'a trial has fewer than 2 values, too few for a median';
  return without('p99').length > 0 ? 'a trial has fewer than 100 values, too few for a p99' : null;
}

function cpuNotes(findings: Findings, cell: Cell, modeIds: readonly string[]): readonly string[] {
  const lacking = modeIds.some((modeId) => findEstimate(findings, { ...cell, modeId }, 'cpu') === undefined);
  return lacking ? ['–  CPU over idle: the CPU of the node could not be read'] : [];
}
