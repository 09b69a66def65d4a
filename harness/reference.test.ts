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

/** The committed studies are the golden runs: real ones, and whoever changes the analysis sees what becomes of them (then: npm run reference -- reports/reference, with --part NAME for the others). */
test.each(studies)(
  'the study in %s says what its raw trials say, to the letter',
  async (directory) => {
    const committed = (name: string) => readFile(join(directory, name), 'utf8');
    const run = await loadRun(directory);
    const findings = analyseRun(run);
    const studies = holdAgainstStudies(run, findings);
    const version1: unknown = JSON.parse(await committed('findings.json'));
    expect(JSON.parse(JSON.stringify(asFindingsVersion1({ ...findings, studies })))).toEqual(version1);
    expect(renderSummaryMarkdown({ findings, header: run.header, studies })).toBe(await committed('summary.md'));
    expect(trialsCsv(run)).toBe(await committed('trials.csv'));
  },
  60_000,
);
