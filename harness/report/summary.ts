import type { Findings } from '../model/findings.ts';
import type { RunHeader } from '../model/run.ts';
import type { StudyFinding } from '../model/study.ts';
import { formatPlural } from './format-number.ts';
import { escapeMarkdown, joinWithin, markdownTable } from './markdown.ts';
import { statusSentence } from './page/answer-section.ts';
import { proxyErrorSentences } from './proxy-errors.ts';
import { formatProxyVersions, formatRate } from './run-facts.ts';
import { certaintySentence, headlineSentence } from './sentences.ts';
import { type CellTables, summaryTables } from './summary-tables.ts';

/** Fits a pull-request comment and a CI job summary with room to spare. */
export const SUMMARY_MOST_BYTES = 58_000;

function cellBlock({ title, modes, notes, differences }: CellTables): string {
  const table = ({ columns, rows }: CellTables['modes']) => markdownTable(columns, rows);
  return [
    `### ${escapeMarkdown(title)}\n`,
    table(modes),
    ...(notes.length === 0 ? [] : [`${notes.map(escapeMarkdown).join('<br>\n')}\n`]),
    ...(differences === null ? [] : [table(differences)]),
  ].join('\n');
}

function claimsBlock(studies: readonly StudyFinding[]): string[] {
  const claims = studies.flatMap((study) => study.claims);
  if (claims.length === 0) return [];
  const rows = claims.map((claim) => [claim.id, claim.statement, claim.verdict, claim.because]);
  const columns = ['Claim', 'Statement', 'Verdict', 'Because'].map((label) => ({ label, numeric: false }));
  return [`### Claims of 2019\n\n${markdownTable(columns, rows)}`];
}

function warningsBlock(findings: Findings, header: RunHeader): string[] {
  const counted = new Set(findings.warnings.map((warning) => warning.message));
  const reasons = [
    ...proxyErrorSentences(findings),
    ...header.warnings.map((warning) => warning.message).filter((message) => !counted.has(message)),
    ...findings.warnings.map((warning) => `${warning.message} (${formatPlural(warning.count, 'time')})`),
    ...findings.limits.map((limit) => limit.message),
  ];
  const invalid = findings.trials.invalid;
  if (invalid > 0) reasons.push(`${formatPlural(invalid, 'trial')} left out as invalid`);
  if (reasons.length === 0) return [];
  return [`### Warnings\n\n${reasons.map((reason) => `- ${escapeMarkdown(reason)}`).join('\n')}\n`];
}

/** Findings and header → `summary.md`: the answer, then one table per size and policy (largest size first), claims and warnings. */
export function renderSummaryMarkdown(input: {
  findings: Findings;
  header: RunHeader;
  studies?: readonly StudyFinding[];
}): string {
  const { findings, header, studies = [] } = input;
  const status = statusSentence(header);
  const { environment } = header;
  const facts = [
    `run ${findings.runId}`,
    `scenario ${findings.scenarioName}`,
    `kernel ${environment.kernel.release}`,
    `kube-proxy ${formatProxyVersions(header)}`,
    `testbed ${environment.testbed}${environment.execution === 'emulated' ? ' (emulated CPU)' : ''}`,
    formatRate(header),
  ];
  const head = [
    `## ${escapeMarkdown(findings.modeIds.join(', '))}\n`,
    ...findings.headlines.map((headline) => `**${escapeMarkdown(headlineSentence(headline, findings))}**\n`),
    `${escapeMarkdown(certaintySentence(findings))}${status === null ? '' : ` **${escapeMarkdown(status)}**`}\n`,
    `${escapeMarkdown(facts.join(' · '))}\n`,
  ].join('\n');
  const cells = summaryTables(findings).map(cellBlock);
  return joinWithin([head, ...warningsBlock(findings, header), ...cells, ...claimsBlock(studies)], SUMMARY_MOST_BYTES);
}
