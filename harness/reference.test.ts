import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyseRun } from './analysis/analyse-run.ts';
import { findingsJson } from './report/findings-json.ts';
import { renderSummaryMarkdown } from './report/summary.ts';
import { trialsCsv } from './report/trials-csv.ts';
import { loadRun } from './run/store.ts';

const REFERENCE = join(import.meta.dirname, '..', 'reports', 'reference');
const committed = (name: string) => readFile(join(REFERENCE, name), 'utf8');

/** The committed study is the golden run: a real one, and whoever changes the analysis sees what becomes of it (then: npm run reference -- RUN). */
test('the committed reference study says what its raw trials say, to the letter', async () => {
  const run = await loadRun(REFERENCE);
  const findings = analyseRun(run);
  expect(findingsJson(findings)).toBe(await committed('findings.json'));
  expect(renderSummaryMarkdown({ findings, header: run.header })).toBe(await committed('summary.md'));
  expect(trialsCsv(run)).toBe(await committed('trials.csv'));
}, 60_000);
