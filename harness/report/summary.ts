import type { Findings, Metric, PairedDifference, Statistic } from '../model/findings.ts';
import type { RunHeader } from '../model/run.ts';
import {
  formatChange,
  formatCoreInterval,
  formatCount,
  formatPlural,
  formatQuantity,
  formatServices,
  formatTimeInterval,
  formatTimeUs,
} from './format-number.ts';
import { escapeMarkdown, joinWithin, markdownTable } from './markdown.ts';
import { statusSentence } from './page/answer-section.ts';
import { certaintySentence, headlineSentence } from './sentences.ts';
import { policyPhrase, quantityShort, VERDICT_WORDS } from './wording.ts';

/** Fits a pull-request comment and a CI job summary with room to spare. */
export const SUMMARY_MOST_BYTES = 58_000;

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
  if (found === undefined) return '–';
  return statistic === 'p50' ? formatTimeInterval(found.timeUs) : formatTimeUs(found.timeUs.value);
}

function cpuText(findings: Findings, cell: Cell & { modeId: string }): [string, string] {
  const found = findings.cpu.find(
    (row) => row.modeId === cell.modeId && row.sizeServices === cell.sizeServices && row.policyId === cell.policyId,
  );
  if (found === undefined) return ['–', '–'];
  const classes = (['user', 'system', 'irq', 'softirq'] as const).map((name) =>
    (found.classes[name].value * 100).toFixed(1).replace('-', '−'),
  );
  return [formatCoreInterval(found.busyCores), classes.join(' · ')];
}

function modesTable(findings: Findings, cell: Cell): string {
  const number = (label: string) => ({ label, numeric: true });
  const columns = [
    { label: 'Mode', numeric: false },
    number('handshake p50'),
    number('p99'),
    number('connect p50'),
    number('p99'),
    number('total p50'),
    number('p99'),
    number('CPU over idle'),
    number('user · system · irq · softirq'),
  ];
  const rows = findings.modeIds.map((modeId) => {
    const at = { ...cell, modeId };
    const times = (['handshake', 'connect', 'total'] as const).flatMap((metric) => [
      timeText(findings, at, metric, 'p50'),
      timeText(findings, at, metric, 'p99'),
    ]);
    return [modeId, ...times, ...cpuText(findings, at)];
  });
  return markdownTable(columns, rows);
}

function differencesTable(rows: readonly PairedDifference[]): string {
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
  return markdownTable(columns, cells);
}

function cellBlock(findings: Findings, cell: Cell): string {
  const title = `### ${formatServices(cell.sizeServices)}, ${escapeMarkdown(policyPhrase(cell.policyId))}\n`;
  const paired = findings.differences.filter(
    (row) => row.inFamily && row.sizeServices === cell.sizeServices && row.policyId === cell.policyId,
  );
  return [title, modesTable(findings, cell), ...(paired.length === 0 ? [] : [differencesTable(paired)])].join('\n');
}

function claimsBlock(findings: Findings): string[] {
  if (findings.claims.length === 0) return [];
  const rows = findings.claims.map((claim) => [claim.id, claim.statement, claim.verdict, claim.because]);
  const columns = ['Claim', 'Statement', 'Verdict', 'Because'].map((label) => ({ label, numeric: false }));
  return [`### Claims of 2019\n\n${markdownTable(columns, rows)}`];
}

function warningsBlock(findings: Findings, header: RunHeader): string[] {
  const counted = new Set(findings.warnings.map((warning) => warning.message));
  const reasons = [
    ...header.warnings.map((warning) => warning.message).filter((message) => !counted.has(message)),
    ...findings.warnings.map((warning) => `${warning.message} (${formatPlural(warning.count, 'time')})`),
    ...findings.limits.map((limit) => limit.message),
    ...header.refusedModes.map(({ mode, reason }) => `mode ${mode.id} was not measured: ${reason.message}`),
  ];
  const invalid = findings.trials.invalid;
  if (invalid > 0) reasons.push(`${formatPlural(invalid, 'trial')} left out as invalid`);
  if (reasons.length === 0) return [];
  return [`### Warnings\n\n${reasons.map((reason) => `- ${escapeMarkdown(reason)}`).join('\n')}\n`];
}

/** Findings and header → `summary.md`: the answer, then one table per size and policy (largest size first), claims and warnings. */
export function renderSummaryMarkdown(input: { findings: Findings; header: RunHeader }): string {
  const { findings, header } = input;
  const status = statusSentence(header);
  const { environment } = header;
  const facts = [
    `run ${findings.runId}`,
    `scenario ${findings.scenarioName}`,
    `kernel ${environment.kernel.release}`,
    `kube-proxy ${header.scenario.proxy.version}`,
    `testbed ${environment.testbed}`,
    `${formatCount(header.scenario.load.rateRps)} requests/s`,
  ];
  const head = [
    `## ${escapeMarkdown(findings.modeIds.join(', '))}\n`,
    ...findings.headlines.map((headline) => `**${escapeMarkdown(headlineSentence(headline))}**\n`),
    `${escapeMarkdown(certaintySentence(findings))}${status === null ? '' : ` **${escapeMarkdown(status)}**`}\n`,
    `${escapeMarkdown(facts.join(' · '))}\n`,
  ].join('\n');
  const cells = findings.sizesServices
    .toReversed()
    .flatMap((sizeServices) => findings.policyIds.map((policyId) => cellBlock(findings, { sizeServices, policyId })));
  return joinWithin([head, ...warningsBlock(findings, header), ...cells, ...claimsBlock(findings)], SUMMARY_MOST_BYTES);
}
