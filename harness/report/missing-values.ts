import type { Findings, Metric, Statistic } from '../model/findings.ts';
import { formatPlural } from './format-number.ts';
import { METRIC_NAMES } from './wording.ts';

interface Cell {
  readonly sizeServices: number;
  readonly policyId: string;
}

const TABLED_METRICS: readonly Metric[] = ['handshake', 'connect', 'total'];

const isOf =
  ({ sizeServices, policyId }: Cell) =>
  (row: Cell) =>
    row.sizeServices === sizeServices && row.policyId === policyId;

/** Why a table of one size and policy has cells without a value, a line for each reason; none where it has them all. */
export function missingValueNotes(findings: Findings, cell: Cell): readonly string[] {
  const times = findings.times.filter(isOf(cell));
  const measured = findings.modeIds.filter((modeId) => times.some((row) => row.modeId === modeId));
  const whole = findings.modeIds.filter((modeId) => !measured.includes(modeId));
  return [
    ...whole.map((modeId) => `–  ${modeId}: ${whyNoTrial(findings, { ...cell, modeId })}`),
    ...(measured.length === 0 ? [] : [...metricNotes(findings, cell, measured), ...cpuNotes(findings, cell, measured)]),
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

function metricNotes(findings: Findings, cell: Cell, modeIds: readonly string[]): readonly string[] {
  const reasons = TABLED_METRICS.flatMap((metric) => {
    const why = whyNoStatistic(findings, { ...cell, metric, modeIds });
    return why === null ? [] : [{ name: METRIC_NAMES[metric], why }];
  });
  const byReason = Map.groupBy(reasons, ({ why }) => why);
  return [...byReason].map(([why, ofReason]) => `–  ${ofReason.map(({ name }) => name).join(', ')}: ${why}`);
}

function whyNoStatistic(
  findings: Findings,
  { metric, modeIds, ...cell }: Cell & { readonly metric: Metric; readonly modeIds: readonly string[] },
): string | null {
  const found = findings.times.filter((row) => row.metric === metric && isOf(cell)(row));
  const without = (isWanted: (statistic: Statistic) => boolean) =>
    modeIds.filter((modeId) => !found.some((row) => row.modeId === modeId && isWanted(row.statistic)));
  const none = without(() => true);
  if (none.length > 0) {
    const anywhere = findings.times.some((row) => row.metric === metric);
    return anywhere ? `no connection was opened in a trial (${none.join(', ')})` : 'not measured in this run';
  }
  if (without((statistic) => statistic === 'p50').length > 0)
    return 'a trial has fewer than 2 values, too few for a median';
  return without((statistic) => statistic === 'p99').length > 0
    ? 'a trial has fewer than 100 values, too few for a p99'
    : null;
}

function cpuNotes(findings: Findings, cell: Cell, modeIds: readonly string[]): readonly string[] {
  const found = findings.cpu.filter(isOf(cell));
  const lacking = modeIds.some((modeId) => !found.some((row) => row.modeId === modeId));
  return lacking ? ['–  CPU over idle: the CPU of the node could not be read'] : [];
}
