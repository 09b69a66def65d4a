import type { Findings } from '../model/findings.ts';
import { proxyErrorSentences } from './proxy-errors.ts';
import { certaintySentence, headlineSentence, reasonSentences } from './sentences.ts';
import { summaryTables } from './summary-tables.ts';
import { formatTextTable, wrapText } from './text-table.ts';

/**
 * Findings → the tables of summary.md for a terminal: every size and policy, then the answer and what the run cannot say, because a terminal shows its end.
 * `widthColumns`: of the terminal; everything fits into it.
 */
export function renderTerminal(findings: Findings, widthColumns: number = Number.POSITIVE_INFINITY): string {
  const wrap = (text: string) => wrapText(text, widthColumns);
  const cells = summaryTables(findings)
    .toReversed()
    .flatMap(({ title, modes, differences, notes }) => [
      wrap(title),
      formatTextTable(modes, widthColumns),
      ...notes.map(wrap),
      ...(differences === null ? [] : ['', formatTextTable(differences, widthColumns)]),
      '',
    ]);
  const answer = [
    ...findings.headlines.map((headline) => headlineSentence(headline, findings)),
    certaintySentence(findings),
    ...proxyErrorSentences(findings),
    ...findings.limits.filter(({ code }) => code === 'connections-lost').map(({ message }) => message),
  ];
  const said = new Set(findings.headlines.flatMap((one) => (one.kind === 'cannot-say' ? [one.reason.message] : [])));
  const limits = findings.limits
    .filter(({ message }) => !said.has(message))
    .map((limit) => `- ${reasonSentences(limit)}`);
  const cannot = limits.length === 0 ? [] : ['', 'What this run cannot say:', ...limits];
  return [...cells, ...[...answer, ...cannot].map(wrap)].join('\n');
}
