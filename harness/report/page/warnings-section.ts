import type { Findings } from '../../model/findings.ts';
import type { RunHeader } from '../../model/run.ts';
import { formatCount, formatPlural } from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { toSentence } from '../sentences.ts';
import { policyShort } from '../wording.ts';
import { renderTable } from './table.ts';

/** More rows than this say nothing more to a reader; the raw files have them all. */
const MOST_ROWS = 200;

function invalidTable(findings: Findings): Html | null {
  const all = findings.invalidTrials;
  if (all.length === 0) return null;
  const cut = all.length > MOST_ROWS ? `, the first ${MOST_ROWS} of ${formatCount(all.length)}` : '';
  return renderTable({
    caption: `Invalid trials: kept in the raw files, left out of every number on this page${cut}`,
    columns: [
      { label: 'Trial', numeric: true },
      { label: 'Round', numeric: true },
      { label: 'Services', numeric: true },
      { label: 'Mode', numeric: false },
      { label: 'Connections', numeric: false },
      { label: 'Why', numeric: false },
    ],
    rows: all
      .slice(0, MOST_ROWS)
      .map((trial) => [
        String(trial.trialIndex),
        String(trial.round),
        formatCount(trial.sizeServices),
        trial.modeId,
        policyShort(trial.spec),
        trial.reasons.map((reason) => reason.message).join('; '),
      ]),
  });
}

/** Warnings (each once, with how often and what to do) and the trials that were left out. */
export function renderWarnings(findings: Findings, header: RunHeader): Html {
  const counted = new Set(findings.warnings.map((warning) => warning.message));
  const ofRun = header.warnings
    .filter((warning) => !counted.has(warning.message))
    .map((warning) => html`<li>${toSentence(warning.message)} <em>${toSentence(warning.remedy)}</em></li>\n`);
  const ofTrials = findings.warnings.map(
    (warning) =>
      html`<li>${toSentence(`${warning.message} (${formatPlural(warning.count, 'time')})`)} <em>${toSentence(warning.remedy)}</em></li>\n`,
  );
  const none =
    ofRun.length + ofTrials.length === 0
      ? html`<p>There was nothing to warn of.</p>`
      : html`<ul class="limits measure">${ofRun}${ofTrials}</ul>`;
  const invalid = invalidTable(findings) ?? html`<p>No trial was invalid.</p>`;
  return html`<section aria-labelledby="warnings"><h2 id="warnings">Warnings and invalid trials</h2>
${none}
${invalid}</section>
`;
}
