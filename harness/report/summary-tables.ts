import type { Findings, Metric, PairedDifference, Statistic } from '../model/findings.ts';
import {
  formatChange,
  formatCoreInterval,
  formatQuantity,
  formatServices,
  formatTimeInterval,
  formatTimeUs,
} from './format-number.ts';
import { missingValueNotes } from './missing-values.ts';
import { modeWithErrors } from './proxy-errors.ts';
import type { TextTable } from './text-table.ts';
import { policyPhrase, quantityShort, VERDICT_WORDS } from './wording.ts';

/** One size and policy: what each mode took, and the headline differences (`null` when nothing was compared). */
export interface CellTables {
  readonly title: string;
  readonly modes: TextTable;
  /** Why cells of it are empty. */
  readonly notes: readonly string[];
  readonly differences: TextTable | null;
}

/** Where a value would stand and there is none. */
const NO_VALUE = '–';

interface Cell {
  readonly sizeServices: number;
  readonly policyId: string;
}

function timeText(findings: Findings, cell: Cell & { modeId: string }, metric: Metric, statistic: Statistic): string {
  const found = findings.times.find(
    (row) =>
      row.metric === metric &&
      row.statistic === statistic &&
      row.modeId === cell.modeId &&
      row.sizeServices === cell.sizeServices &&
      row.policyId === cell.policyId,
  );
  if (found === undefined) return NO_VALUE;
  return statistic === 'p50' ? formatTimeInterval(found.timeUs) : formatTimeUs(found.timeUs.value);
}

function cpuText(findings: Findings, cell: Cell & { modeId: string }): [string, string] {
  const found = findings.cpu.find(
    (row) => row.modeId === cell.modeId && row.sizeServices === cell.sizeServices && row.policyId === cell.policyId,
  );
  if (found === undefined) return [NO_VALUE, NO_VALUE];
  const classes = (['user', 'system', 'irq', 'softirq'] as const).map((name) =>
    (found.classes[name].value * 100).toFixed(1).replace('-', '−'),
  );
  return [formatCoreInterval(found.busyCores), classes.join(' · ')];
}

function modesTable(findings: Findings, cell: Cell): TextTable {
  const number = (label: string) => ({ label, numeric: true });
  const p99 = { label: 'p99', numeric: true, joined: true } as const;
  const columns = [
    { label: 'Mode', numeric: false },
    number('handshake p50'),
    p99,
    number('connect p50'),
    p99,
    number('total p50'),
    p99,
    number('CPU over idle'),
    number('user · system · irq · softirq'),
  ];
  const rows = findings.modeIds.map((modeId) => {
    const at = { ...cell, modeId };
    const times = (['handshake', 'connect', 'total'] as const).flatMap((metric) => [
      timeText(findings, at, metric, 'p50'),
      timeText(findings, at, metric, 'p99'),
    ]);
    return [modeWithErrors(findings, modeId), ...times, ...cpuText(findings, at)];
  });
  return { columns, rows };
}

function differencesTable(rows: readonly PairedDifference[]): TextTable {
  const columns = [
    { label: 'Difference', numeric: false },
    { label: 'of', numeric: false },
    { label: 'Value [interval]', numeric: true },
    { label: 'Relative', numeric: true },
    { label: 'Verdict', numeric: false },
  ];
  const cells = rows.map((row) => [
    `${row.modeId} − ${row.referenceModeId}`,
    quantityShort(row.quantity),
    formatQuantity(row.adjusted, row.unit),
    formatChange(row.adjusted.value, row.referenceValue),
    VERDICT_WORDS[row.verdict],
  ]);
  return { columns, rows: cells };
}

function cellTables(findings: Findings, cell: Cell): CellTables {
  const paired = findings.differences.filter(
    (row) => row.inFamily && row.sizeServices === cell.sizeServices && row.policyId === cell.policyId,
  );
  return {
    title: `${formatServices(cell.sizeServices)}, ${policyPhrase(cell.policyId)}`,
    modes: modesTable(findings, cell),
    notes: missingValueNotes(findings, cell),
    differences: paired.length === 0 ? null : differencesTable(paired),
  };
}

/** The tables of every size (largest first) and policy. */
export function summaryTables(findings: Findings): readonly CellTables[] {
  return findings.sizesServices
    .toReversed()
    .flatMap((sizeServices) => findings.policyIds.map((policyId) => cellTables(findings, { sizeServices, policyId })));
}
