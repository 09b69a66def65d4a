import { quantityOf } from '../../model/estimate-lookup.ts';
import type { Findings, Growth, PairedDifference } from '../../model/findings.ts';
import { isAsked } from '../../model/quantity.ts';
import {
  formatChange,
  formatConfidence,
  formatCount,
  formatPlural,
  formatQuantity,
  formatServices,
} from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { crossOverSentence, formatSlope, noComparison } from '../sentences.ts';
import { policyShort, VERDICT_WORDS } from '../wording.ts';
import { renderTable } from './table.ts';

function roundsText(row: PairedDifference | Growth): string {
  if (row.verdict !== 'unsure') return String(row.difference.rounds);
  const more =
    row.roundsNeeded === null ? 'cannot be said how many more' : `${formatCount(row.roundsNeeded)} more needed`;
  return `${row.difference.rounds} (${more})`;
}

/** Of a large run there are thousands of differences; the page has those that its charts show, findings.json has all. */
function isTabled(findings: Findings, { quantity: id }: PairedDifference): boolean {
  const quantity = quantityOf(findings, id);
  return isAsked(quantity, 'sizes') && quantity.distribution?.statistic !== 'mean';
}

function pairedTable(findings: Findings, rows: readonly PairedDifference[], caption: string): Html | null {
  if (rows.length === 0) return null;
  const withSize = new Set(rows.map((row) => row.sizeServices)).size > 1;
  return renderTable({
    caption,
    columns: [
      ...(withSize ? [{ label: 'Services', numeric: true }] : []),
      { label: 'Connections', numeric: false },
      { label: 'Mode less reference', numeric: false },
      { label: 'What', numeric: false },
      { label: 'Reference', numeric: true },
      { label: 'Difference', numeric: true },
      { label: 'Relative', numeric: true },
      { label: 'Verdict', numeric: false },
      { label: 'Rounds', numeric: true },
    ],
    rows: rows.map((row) => [
      ...(withSize ? [formatCount(row.sizeServices)] : []),
      policyShort(row.spec),
      `${row.modeId} − ${row.referenceModeId}`,
      quantityOf(findings, row.quantity).short,
      formatQuantity({ value: row.referenceValue, low: null, high: null }, row.unit),
      formatQuantity(row.adjusted, row.unit),
      formatChange(row.adjusted.value, row.referenceValue),
      VERDICT_WORDS[row.verdict],
      roundsText(row),
    ]),
  });
}

function growthTable(findings: Findings): Html | null {
  const rows = findings.growths;
  if (rows.length === 0) return null;
  return renderTable({
    caption: "Growth of each mode over the run's smallest size (sizes run one after the other: not paired)",
    columns: [
      { label: 'Services', numeric: true },
      { label: 'Connections', numeric: false },
      { label: 'Mode', numeric: false },
      { label: 'What', numeric: false },
      { label: 'At the smallest', numeric: true },
      { label: 'Growth', numeric: true },
      { label: 'Verdict', numeric: false },
      { label: 'Rounds', numeric: true },
    ],
    rows: rows.map((row) => [
      formatCount(row.sizeServices),
      policyShort(row.spec),
      row.modeId,
      quantityOf(findings, row.quantity).short,
      formatQuantity({ value: row.baseValue, low: null, high: null }, row.unit),
      formatQuantity(row.adjusted, row.unit),
      VERDICT_WORDS[row.verdict],
      roundsText(row),
    ]),
  });
}

function slopeTable(findings: Findings): Html | null {
  if (findings.slopes.length === 0) return null;
  return renderTable({
    caption: 'Slopes: does the cost grow?',
    columns: [
      { label: 'Mode', numeric: false },
      { label: 'Connections', numeric: false },
      { label: 'What', numeric: false },
      { label: 'Against', numeric: false },
      { label: 'Slope', numeric: true },
      { label: 'Verdict', numeric: false },
      { label: 'Fit', numeric: false },
    ],
    rows: findings.slopes.map((slope) => [
      slope.modeId,
      policyShort(slope.spec),
      quantityOf(findings, slope.quantity).short,
      slope.axis === 'services' ? 'number of Services' : `rule index at ${formatServices(slope.sizeServices ?? 0)}`,
      formatSlope(slope),
      slope.verdict === 'constant' ? 'constant, O(1)' : slope.verdict,
      slope.method,
    ]),
  });
}

function details(summary: string, content: Html | null): Html | null {
  return content === null ? null : html`<details><summary>${summary}</summary>${content}</details>`;
}

/** Paired differences, cross-overs, growths and slopes as tables. */
export function renderDifferences(findings: Findings): Html {
  const family = findings.differences.filter((row) => row.inFamily);
  const largest = Math.max(...family.map((row) => row.sizeServices));
  const atLargest = family.filter((row) => row.sizeServices === largest);
  const elsewhere = family.filter((row) => row.sizeServices !== largest);
  const rest = findings.differences.filter((row) => !row.inFamily && isTabled(findings, row));
  const crossOvers = findings.crossOvers.map((crossOver) => html`<li>${crossOverSentence(crossOver, findings)}</li>\n`);
  const none =
    family.length === 0
      ? html`<p>${noComparison(findings)}${rest.length === 0 ? '' : ' What there is stands below, each by itself.'}</p>`
      : null;
  return html`<section aria-labelledby="differences"><h2 id="differences">Differences in numbers</h2>
${none}${pairedTable(findings, atLargest, `Paired differences at ${formatServices(Math.max(largest, 0))}: taken inside rounds, averaged over rounds. Intervals hold together with ${formatConfidence(findings.confidence)} for all ${formatPlural(findings.family.comparisons, 'headline comparison')}.`)}
${details('The same at the other sizes', pairedTable(findings, elsewhere, 'Paired differences at the other sizes, of the same family'))}
${crossOvers.length === 0 ? null : html`<h3>From which size on</h3><ul class="limits">${crossOvers}</ul>`}
${details('Other paired differences', pairedTable(findings, rest, 'Paired differences outside the family; each interval stands alone. All of them, in every statistic, are in findings.json.'))}
${details('Growth over the smallest size', growthTable(findings))}
${details('Slopes', slopeTable(findings))}</section>
`;
}
