import { LOAD } from '../experiment/load/quantities.ts';
import { type EstimatePlace, findEstimate, quantityOf, specsOf } from '../model/estimate-lookup.ts';
import type { Findings, PairedDifference } from '../model/findings.ts';
import { formatChange, formatQuantity, formatServices, formatTimeUs } from './format-number.ts';
import { missingValueNotes } from './missing-values.ts';
import { modeWithErrors } from './proxy-errors.ts';
import type { TextTable } from './text-table.ts';
import { policyPhrase, VERDICT_WORDS } from './wording.ts';

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
  readonly spec: string;
}

function valueText(findings: Findings, place: EstimatePlace, quantity: string): string {
  const found = findEstimate(findings, place, quantity);
  if (found === undefined) return NO_VALUE;
  if (found.unit === 'us' && quantityOf(findings, quantity).distribution?.statistic !== 'p50')
    return formatTimeUs(found.value);
  return formatQuantity(found, found.unit);
}

/** user · system · irq · softirq, in percent of a core. */
function cpuClassesText(findings: Findings, place: EstimatePlace): string {
  const classes = (['user', 'system', 'irq', 'softirq'] as const).flatMap(
    (name) => findEstimate(findings, place, `cpu.${name}`) ?? [],
  );
  if (classes.length === 0) return NO_VALUE;
  return classes.map(({ value }) => (value * 100).toFixed(1).replace('-', '−')).join(' · ');
}

const TABLED_QUANTITIES = [
  ...['handshake', 'connect', 'total'].flatMap((time) => [`${time}.p50`, `${time}.p99`]),
  'cpu',
];

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
    const values = TABLED_QUANTITIES.map((quantity) => valueText(findings, at, quantity));
    return [modeWithErrors(findings, modeId), ...values, cpuClassesText(findings, at)];
  });
  return { columns, rows };
}

function differencesTable(findings: Findings, rows: readonly PairedDifference[]): TextTable {
  const columns = [
    { label: 'Difference', numeric: false },
    { label: 'of', numeric: false },
    { label: 'Value [interval]', numeric: true },
    { label: 'Relative', numeric: true },
    { label: 'Verdict', numeric: false },
  ];
  const cells = rows.map((row) => [
    `${row.modeId} − ${row.referenceModeId}`,
    quantityOf(findings, row.quantity).short,
    formatQuantity(row.adjusted, row.unit),
    formatChange(row.adjusted.value, row.referenceValue),
    VERDICT_WORDS[row.verdict],
  ]);
  return { columns, rows: cells };
}

function cellTables(findings: Findings, cell: Cell): CellTables {
  const paired = findings.differences.filter(
    (row) => row.inFamily && row.sizeServices === cell.sizeServices && row.spec === cell.spec,
  );
  return {
    title: `${formatServices(cell.sizeServices)}, ${policyPhrase(cell.spec)}`,
    modes: modesTable(findings, cell),
    notes: missingValueNotes(findings, cell),
    differences: paired.length === 0 ? null : differencesTable(findings, paired),
  };
}

/** The tables of every size (largest first) and policy. */
export function summaryTables(findings: Findings): readonly CellTables[] {
  return findings.sizesServices
    .toReversed()
    .flatMap((sizeServices) => specsOf(findings, LOAD).map((spec) => cellTables(findings, { sizeServices, spec })));
}
