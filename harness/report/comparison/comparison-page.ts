import type { ComparedCell, Comparison, ComparisonAxis, SettingDifference } from '../../model/comparison.ts';
import { quantityOf } from '../../model/estimate-lookup.ts';
import type { Mode } from '../../model/mode.ts';
import type { ChartPanel, ChartTable } from '../charts/chart.ts';
import { dotsPanel } from '../charts/dots.ts';
import {
  formatChange,
  formatConfidence,
  formatCount,
  formatPlural,
  formatQuantity,
  formatServices,
} from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { escapeMarkdown, joinWithin, markdownTable } from '../markdown.ts';
import { assignModeStyles, type ModeStyle } from '../mode-style.ts';
import { renderDocument } from '../page/document.ts';
import { renderTable } from '../page/table.ts';
import { SUMMARY_MOST_BYTES } from '../summary.ts';
import { themeCss } from '../theme-style.ts';
import { policyShort, policyTitle } from '../wording.ts';
import { overviewMarkdown, renderOverview, renderRunPanels, runName, shortAxisValue } from './comparison-overview.ts';

const AXIS_NAMES: Readonly<Record<ComparisonAxis, string>> = {
  kernel: 'kernels',
  kubeProxy: 'versions of kube-proxy',
  iptables: 'iptables flavours',
  commit: 'commits',
  testbed: 'testbeds',
};

const AXIS_NOUNS: Readonly<Record<ComparisonAxis, string>> = {
  kernel: 'kernel',
  kubeProxy: 'version of kube-proxy',
  iptables: 'iptables flavour',
  commit: 'commit',
  testbed: 'testbed',
};

/** "2 kernels compared"; runs that share their place on the axis are not counted as several. */
function comparisonTitle({ axis, runs }: Comparison): string {
  const places = new Set(runs.map(({ axisValue }) => axisValue)).size;
  if (places === runs.length) return `${runs.length} ${AXIS_NAMES[axis]} compared`;
  return `${runs.length} runs of ${places === 1 ? `one ${AXIS_NOUNS[axis]}` : `${places} ${AXIS_NAMES[axis]}`} compared`;
}

/** The differences that forbid a comparison, one line each, for the terminal. */
export function formatRefusal(axis: ComparisonAxis, differences: readonly SettingDifference[]): string {
  const lines = differences.map((one) => `  ${one.setting}: ${one.values.join(' | ')}`);
  return `these runs differ in more than their ${AXIS_NAMES[axis]}:\n${lines.join('\n')}`;
}

function runsSentence(comparison: Comparison): string {
  const [base, ...others] = comparison.runs;
  const names = others.map((run) => `${run.axisValue} (${run.runId})`).join(', ');
  const emulated = comparison.emulated === true ? ' The CPU was emulated in all of them.' : '';
  return `${names} against ${base?.axisValue} (${base?.runId}).${emulated}`;
}

/** Which cells got worse or better for sure, counted; the page's first sentence. */
function comparisonSentence(comparison: Comparison): string {
  const sure = comparison.cells.filter((cell) => cell.verdict === 'different');
  const worse = sure.filter((cell) => cell.difference.value > 0).length;
  const unsure = comparison.cells.filter((cell) => cell.verdict === 'unsure').length;
  const parts = [
    `${worse} slower or costlier`,
    `${sure.length - worse} quicker or cheaper`,
    `${comparison.cells.length - sure.length - unsure} equivalent`,
    `${unsure} unsure`,
  ];
  return `Of ${formatPlural(comparison.cells.length, 'comparison')}: ${parts.join(', ')}.`;
}

function ruleSentences(comparison: Comparison): string[] {
  return comparison.rules.map(({ rule, broken, checked, unsure }) => {
    const of = checked === undefined ? '' : ` of ${checked}`;
    if (broken.length > 0)
      return `Rule ${rule}: broken in ${broken.length}${of} ${broken.length === 1 && of === '' ? 'case' : 'cases'}.`;
    if (checked !== undefined && checked > 0 && unsure === checked)
      return `Rule ${rule}: could not be judged: ${checked === 1 ? 'its only case is' : `all ${checked} cases are`} unsure.`;
    const open = unsure === undefined || unsure === 0 ? '' : `, but ${unsure}${of} cases are unsure`;
    return `Rule ${rule}: not broken${open}.`;
  });
}

const CELL_COLUMNS = [
  { label: 'Run', numeric: false },
  { label: 'Services', numeric: true },
  { label: 'Connections', numeric: false },
  { label: 'Mode', numeric: false },
  { label: 'What', numeric: false },
  { label: 'Before', numeric: true },
  { label: 'After', numeric: true },
  { label: 'Difference [interval]', numeric: true },
  { label: 'Relative', numeric: true },
  { label: 'Verdict', numeric: false },
] as const;

function cellRow(cell: ComparedCell, comparison: Comparison): string[] {
  const plain = (value: number): string => formatQuantity({ value, low: null, high: null }, cell.unit);
  return [
    runName(comparison, cell.runId),
    formatCount(cell.sizeServices),
    policyShort(cell.spec),
    cell.modeId,
    quantityOf(comparison, cell.quantity).short,
    plain(cell.baseValue),
    plain(cell.value),
    formatQuantity(cell.difference, cell.unit),
    formatChange(cell.difference.value, cell.baseValue),
    cell.verdict,
  ];
}

function cellTable(comparison: Comparison, cells: readonly ComparedCell[], caption: string): ChartTable {
  return { caption, columns: CELL_COLUMNS, rows: cells.map((cell) => cellRow(cell, comparison)) };
}

/** What one run has and another lacks, told and not compared; a few modes by name, the rest by number. */
function missingSentence(comparison: Comparison): string | null {
  const groups = Map.groupBy(comparison.missing ?? [], ({ modeId, absentIn }) => JSON.stringify([modeId, absentIn]));
  const told = [...groups.values()].flatMap((cells) => {
    const [first] = cells;
    if (first === undefined) return [];
    const sizes = [...new Set(cells.map(({ sizeServices }) => sizeServices))].sort((one, other) => one - other);
    const last = sizes.at(-1) ?? 0;
    const head = sizes.slice(0, -1).map(formatCount).join(', ');
    const at = head === '' ? formatServices(last) : `${head} and ${formatServices(last)}`;
    return [`${first.modeId} at ${at} (not in ${runName(comparison, first.absentIn)})`];
  });
  if (told.length === 0) return null;
  const named = told.slice(0, 5);
  const more = told.length > named.length ? ` and ${told.length - named.length} more` : '';
  return `Lacking in a run, and so not compared with it: ${named.join('; ')}${more}.`;
}

/** What the chart shows: the quantity of the first rank at the largest size, or the first of a load that there is. */
function chartedCells(comparison: Comparison): ComparedCell[] {
  const ranks = comparison.quantities.filter(({ primary }) => primary !== null);
  const [leading] = ranks.toSorted((one, other) => (one.primary ?? 0) - (other.primary ?? 0));
  const own = comparison.cells.filter(({ quantity }) => quantity === leading?.id);
  const shown = own.length > 0 ? own : comparison.cells.filter(({ experiment }) => experiment === leading?.experiment);
  const first = shown[0];
  const largest = Math.max(...shown.map((cell) => cell.sizeServices));
  return shown.filter((cell) => cell.sizeServices === largest && cell.quantity === first?.quantity);
}

function panelsOf(comparison: Comparison, styles: ReadonlyMap<string, ModeStyle>): ChartPanel[] {
  const cells = chartedCells(comparison);
  const scale = cells[0]?.unit === 'cores' ? 100 : 1;
  const unit = scale === 100 ? '% of a core, after less before' : 'µs, after less before';
  const scaled = (value: number | null): number | null => (value === null ? null : value * scale);
  const xValues = cells.flatMap(({ difference }) => [difference.value, difference.low ?? 0, difference.high ?? 0]);
  const groups = Map.groupBy(cells, (cell) => `${cell.runId}\n${cell.spec}`);
  return [...groups.values()].flatMap((own) => {
    const first = own[0];
    if (first === undefined) return [];
    const axisValue = runName(comparison, first.runId);
    return dotsPanel({
      title: `${shortAxisValue(axisValue)}: ${policyShort(first.spec)}`,
      description: `Differences of ${axisValue}, ${policyTitle(first.spec)}, by mode.`,
      unit,
      styles,
      xValues: xValues.map((value) => value * scale),
      dots: own.map((cell) => ({
        modeId: cell.modeId,
        x: cell.difference.value * scale,
        low: scaled(cell.difference.low),
        high: scaled(cell.difference.high),
        tip: `${cell.modeId}: ${formatQuantity(cell.difference, cell.unit)} (${cell.verdict})`,
      })),
    });
  });
}

function renderForced(comparison: Comparison): Html | null {
  if (comparison.otherDifferences.length === 0) return null;
  const rows = comparison.otherDifferences.map((one) => html`<li>${one.setting}: ${one.values.join(' | ')}</li>`);
  return html`<div class="marked"><p><strong>Forced.</strong> These runs differ in more than their ${AXIS_NAMES[comparison.axis]}; what follows cannot be put down to that alone.</p><ul class="limits">${rows}</ul></div>`;
}

/** The largest size open, the others folded. */
function renderAllCells(comparison: Comparison): Html[] {
  const bySize = Map.groupBy(comparison.cells, (cell) => cell.sizeServices);
  const sizes = [...bySize.keys()].sort((a, b) => b - a);
  return sizes.map((size, index) => {
    const name = `Every quantity that the runs have in common at ${formatServices(size)}`;
    const table = renderTable(cellTable(comparison, bySize.get(size) ?? [], name));
    return index === 0 ? table : html`<details><summary>${formatServices(size)}</summary>${table}</details>`;
  });
}

/** A comparison → one self-contained page. `modes` gives modes the colours that they have in their own reports. */
export async function renderComparisonHtml(comparison: Comparison, modes: readonly Mode[]): Promise<string> {
  const modeIds = [...new Set([...comparison.cells, ...(comparison.overview ?? [])].map(({ modeId }) => modeId))];
  const styles = assignModeStyles(modeIds, modes);
  const charted = chartedCells(comparison);
  const first = charted[0];
  const panels = first === undefined ? null : await renderRunPanels(comparison, panelsOf(comparison, styles), styles);
  const broken = comparison.rules.flatMap((rule) => rule.broken);
  const overview = await renderOverview(comparison, styles, AXIS_NOUNS[comparison.axis]);
  const body = html`<header><p class="kicker">service-routing-bench · comparison</p>
<h1>${comparisonTitle(comparison)}</h1>
<p class="byline">${runsSentence(comparison)}</p></header><main>
${renderForced(comparison)}<section class="answer" aria-labelledby="answer"><h2 id="answer">The answer</h2><p>${comparisonSentence(comparison)}</p>
${ruleSentences(comparison).map((sentence) => html`<p>${sentence}</p>`)}
<p class="small">Runs are independent of each other, so differences between them are not paired; intervals hold with ${formatConfidence(comparison.confidence)} each. ${missingSentence(comparison)}</p></section>
${first === undefined ? null : html`<figure class="chart"><figcaption><h3>Difference of the ${quantityOf(comparison, first.quantity).name} at ${formatServices(first.sizeServices)}</h3><p>Each run less the first; dots are differences, bars their intervals. Right of 0 is slower.</p></figcaption>${panels}</figure>`}
${broken.length === 0 ? null : html`<h2>Rules broken</h2>${renderTable(cellTable(comparison, broken, 'Differences whose whole interval lies beyond a rule'))}`}
${overview}<h2>All differences</h2>${renderAllCells(comparison)}</main>
`;
  const title = comparisonTitle(comparison);
  return renderDocument({ title, css: themeCss(styles), body, scripted: true });
}

/** A comparison → Markdown for a job page or a comment. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const forced = comparison.otherDifferences.map(
    (one) => `- ${escapeMarkdown(`${one.setting}: ${one.values.join(' | ')}`)}`,
  );
  const missing = missingSentence(comparison);
  const head = [
    `## ${comparisonTitle(comparison)}\n`,
    `${escapeMarkdown(runsSentence(comparison))}\n`,
    `**${escapeMarkdown([comparisonSentence(comparison), ...ruleSentences(comparison)].join(' '))}**\n`,
    ...(missing === null ? [] : [`${escapeMarkdown(missing)}\n`]),
    ...(forced.length === 0 ? [] : [`**Forced:** the runs differ in more than that.\n\n${forced.join('\n')}\n`]),
  ].join('\n');
  const broken = comparison.rules.flatMap((rule) => rule.broken);
  const table = (cells: readonly ComparedCell[]): string =>
    markdownTable(
      CELL_COLUMNS,
      cells.map((cell) => cellRow(cell, comparison)),
    );
  const blocks = broken.length === 0 ? [head] : [head, `### Rules broken\n\n${table(broken)}`];
  const bySize = Map.groupBy(comparison.cells, (cell) => cell.sizeServices);
  const sizes = [...bySize.keys()].sort((a, b) => b - a);
  const rest = sizes.map((size) => `### ${formatServices(size)}\n\n${table(bySize.get(size) ?? [])}`);
  const overview = overviewMarkdown(comparison, AXIS_NOUNS[comparison.axis]);
  return joinWithin([...blocks, ...(overview === '' ? [] : [overview]), ...rest], SUMMARY_MOST_BYTES);
}
