import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyseRun } from './analysis/analyse-run.ts';
import { renderSummaryMarkdown } from './report/summary.ts';
import { trialsCsv } from './report/trials-csv.ts';
import { loadRun } from './store/store.ts';
import { holdAgainstStudies } from './studies/table.ts';
import { asFindingsVersion1 } from './testing/findings-version-1.ts';

const REFERENCE = join(import.meta.dirname, '..', 'reports', 'reference');
const studies = [
  REFERENCE,
  ...readdirSync(REFERENCE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(REFERENCE, name)),
];

/** Tables in one order, whatever the order of their rows and fields was: rows are told apart by what they hold. */
function inOneOrder(findings: Readonly<Record<string, unknown>>): unknown {
  const plain = JSON.parse(JSON.stringify(findings)) as Record<string, unknown>;
  const { method: _method, ...family } = plain.family as Record<string, unknown>;
  const keyOf = (row: unknown) => JSON.stringify(row, Object.keys(Object(row)).sort());
  const sorted = (table: unknown) =>
    Array.isArray(table) ? table.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) : table;
  const tables = ['times', 'cpu', 'programming', 'differences', 'growths', 'slopes', 'distributions', 'crossOvers'];
  return { ...plain, family, ...Object.fromEntries(tables.map((name) => [name, sorted(plain[name])])) };
}

/** The committed studies are the golden runs: real ones, and whoever changes the analysis sees what becomes of them (then: npm run reference -- reports/reference, with --part NAME for the others). */
test.each(studies)(
  'the study in %s says what its raw trials say, to the letter',
  async (directory) => {
    const committed = (name: string) => readFile(join(directory, name), 'utf8');
    const run = await loadRun(directory);
    const findings = analyseRun(run);
    const studies = holdAgainstStudies(run, findings);
    const stored = JSON.parse(await committed('findings.json')) as Record<string, unknown>;
    expect(inOneOrder(asFindingsVersion1({ ...findings, studies }, run.header.scenario))).toEqual(inOneOrder(stored));
    expect(renderSummaryMarkdown({ findings, header: run.header, studies })).toBe(await committed('summary.md'));
    expect(trialsCsv(run)).toBe(await committed('trials.csv'));
  },
  60_000,
);
