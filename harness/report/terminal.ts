import Table from 'cli-table3';
import type { Findings } from '../model/findings.ts';
import { proxyErrorSentences } from './proxy-errors.ts';
import { certaintySentence, headlineSentence } from './sentences.ts';
import { summaryTables, type TextTable } from './summary-tables.ts';

/** No frame, two spaces between columns: it can be read, and pasted into a mail. */
const PLAIN = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((place) =>
    ['', '-mid', '-left', '-right'].map((part) => [`${place}${part}`, '']),
  ),
);

function formatTable({ columns, rows }: TextTable): string {
  const table = new Table({
    head: columns.map((column) => column.label),
    colAligns: columns.map((column) => (column.numeric ? 'right' : 'left')),
    chars: { ...PLAIN, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** Findings → the tables of summary.md for a terminal: every size and policy, then the answer, because a terminal shows its end. */
export function renderTerminal(findings: Findings): string {
  const cells = summaryTables(findings)
    .toReversed()
    .flatMap(({ title, modes, differences }) => [
      title,
      formatTable(modes),
      ...(differences === null ? [] : ['', formatTable(differences)]),
      '',
    ]);
  const answer = [
    ...findings.headlines.map(headlineSentence),
    certaintySentence(findings),
    ...proxyErrorSentences(findings),
  ];
  return [...cells, ...answer].join('\n');
}
