import type { Comparison, OverviewRow } from '../../model/comparison.ts';
import { quantityOf } from '../../model/estimate-lookup.ts';
import type { ChartPanel, ChartTable } from '../charts/chart.ts';
import { dotsPanel } from '../charts/dots.ts';
import { markPanels } from '../charts/emulated.ts';
import { formatCount, formatQuantity, formatServices } from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { markdownTable } from '../markdown.ts';
import type { ModeStyle } from '../mode-style.ts';
import { renderPanels } from '../page/figure.ts';
import { renderTable } from '../page/table.ts';
import { colourVariables } from '../theme-style.ts';

interface Said {
  readonly title: string;
  readonly note: string;
  /** A panel's axis, and what its numbers are divided by. */
  readonly unit: string;
  readonly perUnit: number;
}

const PER_UNIT: Readonly<Record<string, { readonly unit: string; readonly perUnit: number }>> = {
  us: { unit: 'µs', perUnit: 1 },
  'ns/rule': { unit: 'ns per rule', perUnit: 1 },
  'ns/service': { unit: 'ns per Service', perUnit: 1 },
};

const AXIS_WORDS: Readonly<
  Record<NonNullable<OverviewRow['axis']>, { readonly title: string; readonly note: string }>
> = {
  'rule-index': {
    title: 'per rule',
    note: 'over the place of the target’s rule, inside rounds; only modes whose rules have an order have one.',
  },
  services: {
    title: 'per Service',
    note: 'over the sizes. Sizes run one after the other: mode none shows what the machine’s own drift makes of it.',
  },
};

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What a row is called and what it means: of its quantity, or of the slope. */
function sayRow(comparison: Comparison, { quantity: id, axis, unit, values }: OverviewRow): Said {
  const quantity = quantityOf(comparison, id);
  const seconds = unit === 'ms' && values.some((one) => (one?.value ?? 0) >= 1000);
  const shown = seconds ? { unit: 's', perUnit: 1000 } : (PER_UNIT[unit] ?? { unit, perUnit: 1 });
  if (axis !== null)
    return {
      title: `${capital(quantity.name)} ${AXIS_WORDS[axis].title}`,
      note: `Slope of the ${quantity.name} ${AXIS_WORDS[axis].note}`,
      ...shown,
    };
  return { title: capital(quantity.name), note: quantity.meaning, ...shown };
}

const WIDEST_NAME = 26;

/** What a run is called in a comparison: its place on the axis. */
export function runName({ runs }: Comparison, runId: string): string {
  return runs.find((run) => run.runId === runId)?.axisValue ?? runId;
}

/** A comparison's panels as markup, marked where its runs are emulated. */
export function renderRunPanels(
  { emulated }: Comparison,
  panels: readonly ChartPanel[],
  styles: ReadonlyMap<string, ModeStyle>,
): Promise<Html> {
  return renderPanels(emulated === true ? markPanels(panels) : panels, colourVariables(styles), () => {});
}

/** A name of a run for a panel's head. */
export function shortAxisValue(value: string): string {
  return value.length > WIDEST_NAME ? `${value.slice(0, WIDEST_NAME - 1)}…` : value;
}

/** "by kernel and mode": the first numbers that a reader of a series looks for, drawn at the largest size and listed at all. `null` when no run has any. */
export async function renderOverview(
  comparison: Comparison,
  styles: ReadonlyMap<string, ModeStyle>,
  axisName: string,
): Promise<Html | null> {
  const rows = comparison.overview ?? [];
  if (rows.length === 0) return null;
  const figures: Html[] = [];
  for (const [, ofQuantity] of Map.groupBy(rows, (row) => `${row.quantity} ${row.axis}`)) {
    const size = ofQuantity[0]?.sizeServices ?? null;
    const shown = ofQuantity.filter((row) => row.sizeServices === size);
    const [first] = ofQuantity;
    if (first === undefined) continue;
    const { title, note } = sayRow(comparison, first);
    const where = size === null ? '' : ` at ${formatServices(size)}`;
    const panels = await renderRunPanels(comparison, panelsOf(comparison, shown, styles), styles);
    figures.push(
      html`<figure class="chart"><figcaption><h3>${title}${where}</h3><p>${note}</p></figcaption>${panels}</figure>\n`,
    );
  }
  const table = renderTable(overviewTable(comparison));
  return html`<h2>By ${axisName} and mode</h2>${figures}${table}`;
}

/** One panel per run, all on one scale that has 0 on it. */
function panelsOf(
  comparison: Comparison,
  rows: readonly OverviewRow[],
  styles: ReadonlyMap<string, ModeStyle>,
): ChartPanel[] {
  const said = rows[0] === undefined ? null : sayRow(comparison, rows[0]);
  if (said === null) return [];
  const scaled = (value: number | null) => (value === null ? null : value / said.perUnit);
  const xValues = rows.flatMap(({ values }) =>
    values.flatMap((one) => (one === null ? [] : [one.value, one.low ?? one.value, one.high ?? one.value])),
  );
  return comparison.runs.flatMap((run, at) => {
    const dots = rows.flatMap(({ modeId, values, unit }) => {
      const one = values[at] ?? null;
      if (one === null) return [];
      const tip = `${modeId}, ${run.axisValue}: ${formatQuantity(one, unit)}`;
      return [{ modeId, x: one.value / said.perUnit, low: scaled(one.low), high: scaled(one.high), tip }];
    });
    if (dots.length === 0) return [];
    return dotsPanel({
      title: shortAxisValue(run.axisValue),
      description: `${said.title} by mode, ${run.axisValue}.`,
      unit: said.unit,
      styles,
      xValues: [0, ...xValues.map((value) => value / said.perUnit)],
      dots,
    });
  });
}

function overviewTable(comparison: Comparison): ChartTable {
  const runs = comparison.runs.map(({ axisValue }) => ({ label: axisValue, numeric: true }));
  return {
    caption: 'The same at every size',
    columns: [
      { label: 'What', numeric: false },
      { label: 'Services', numeric: true },
      { label: 'Mode', numeric: false },
      ...runs,
    ],
    rows: (comparison.overview ?? []).map((row) => {
      const { sizeServices, modeId, values, unit } = row;
      return [
        sayRow(comparison, row).title,
        sizeServices === null ? 'all' : formatCount(sizeServices),
        modeId,
        ...values.map((one) => (one === null ? '–' : formatQuantity(one, unit === 'ns/service' ? 'ns/Service' : unit))),
      ];
    }),
  };
}

/** The same as a Markdown table; '' when no run has any. */
export function overviewMarkdown(comparison: Comparison, axisName: string): string {
  if ((comparison.overview ?? []).length === 0) return '';
  const { columns, rows } = overviewTable(comparison);
  return `### By ${axisName} and mode\n\n${markdownTable(columns, rows)}`;
}
