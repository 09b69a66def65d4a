import { join } from 'node:path';
import { analyseRun } from '../analysis/analyse-run.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import type { Run } from '../model/run.ts';
import { findingsJson } from '../report/findings-json.ts';
import type { RawFile } from '../report/page/raw-section.ts';
import { renderHtml } from '../report/page.ts';
import { renderSummaryMarkdown } from '../report/summary.ts';
import { trialsCsv } from '../report/trials-csv.ts';
import { loadRun, RUNS_DIRECTORY } from '../run/store.ts';
import { findRunDirectory } from '../run/store-find.ts';
import { closeDeadRuns } from '../run/temporary-directory.ts';
import { writeFileAtomically } from '../system/atomic-file.ts';
import { makeDirectory } from '../system/make-directory.ts';

/** Where a command writes: stdout is the result, stderr the progress. */
export interface CommandStreams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export interface CommandContext {
  readonly streams: CommandStreams;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Everything that a run turns into, by file name. Pure: the same run gives the same bytes. */
export async function renderRun(run: Run, rawFiles?: readonly RawFile[]): Promise<Readonly<Record<string, string>>> {
  const { header } = run;
  const findings = analyseRun(run);
  return {
    'report.html': await renderHtml(rawFiles === undefined ? { findings, header } : { findings, header, rawFiles }),
    'summary.md': renderSummaryMarkdown({ findings, header }),
    'findings.json': findingsJson(findings),
    'trials.csv': trialsCsv(run),
  };
}

export interface ReportOptions {
  /** "latest", a run's id or its directory. */
  readonly run: string;
  /** Where the files go; the run's own directory unless said otherwise. */
  readonly toDirectory?: string;
  readonly runsDirectory?: string;
}

/** `report RUN`: renders again from the raw trials; prints the page's path. */
export async function runReport(options: ReportOptions, { streams, env }: CommandContext): Promise<ExitCode> {
  await closeDeadRuns(env);
  const directory = await findRunDirectory(options.run, options.runsDirectory ?? RUNS_DIRECTORY);
  const target = options.toDirectory ?? directory;
  const files = await renderRun(await loadRun(directory));
  await makeDirectory(target);
  for (const [name, text] of Object.entries(files)) await writeFileAtomically(join(target, name), text);
  streams.stdout.write(`${join(target, 'report.html')}\n`);
  return EXIT.ok;
}
