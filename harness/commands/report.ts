import { access, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { analyseRun } from '../analysis/analyse-run.ts';
import { EnvironmentError, EXIT, type ExitCode, UsageError } from '../errors.ts';
import type { Findings } from '../model/findings.ts';
import type { Run } from '../model/run.ts';
import { closeDeadRuns } from '../prepare/temporary-directory.ts';
import { findingsJson } from '../report/findings-json.ts';
import { type RawFile, RUN_FILES } from '../report/page/raw-section.ts';
import { renderHtml } from '../report/page/report-page.ts';
import { renderSummaryMarkdown } from '../report/summary.ts';
import { trialsCsv } from '../report/trials-csv.ts';
import { findRunDirectory, isRunAt } from '../store/find.ts';
import { COMPRESSED_JOURNAL_FILE, JOURNAL_FILE } from '../store/journal.ts';
import { reportCommand } from '../store/run-words.ts';
import { HEADER_FILE, loadRun, RUNS_DIRECTORY } from '../store/store.ts';
import { holdAgainstStudies } from '../studies/table.ts';
import { writeFileAtomically } from '../system/atomic-file.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { formatCommand } from '../system/shell-words.ts';

/** Where a command writes: stdout is the result, stderr the progress. */
interface CommandStreams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export interface CommandContext {
  readonly streams: CommandStreams;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A run as it is shown: what was found, and its files by name. */
export interface RenderedRun {
  readonly findings: Findings;
  readonly files: Readonly<Record<string, string>>;
}

/** Everything that a run turns into. Pure: the same run gives the same bytes. */
export async function renderRun(run: Run, rawFiles?: readonly RawFile[]): Promise<RenderedRun> {
  const { header } = run;
  const findings = analyseRun(run);
  const studies = holdAgainstStudies(run, findings);
  const shown = { findings, header, studies };
  const files = {
    'report.html': await renderHtml(rawFiles === undefined ? shown : { ...shown, rawFiles }),
    'summary.md': renderSummaryMarkdown(shown),
    'findings.json': findingsJson({ ...findings, studies }),
    'trials.csv': trialsCsv(run),
  };
  return { findings, files };
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
  const target = resolve(options.toDirectory ?? directory);
  await refuseOtherRun(target, directory);
  const { files } = await renderRun(await loadRun(directory), await rawFilesFrom(target, directory));
  await writeFiles(files, target).catch((error: unknown) => {
    throw target === directory ? renderElsewhere(error, directory) : error;
  });
  streams.stdout.write(`${join(target, 'report.html')}\n`);
  return EXIT.ok;
}

/** Writes rendered files into a directory, which is made if need be. */
export async function writeFiles(files: Readonly<Record<string, string>>, directory: string): Promise<void> {
  await makeDirectory(directory, { movedBy: '--to' });
  for (const [name, text] of Object.entries(files)) await writeFileAtomically(join(directory, name), text);
}

/** A run's files stay its own. */
async function refuseOtherRun(target: string, directory: string): Promise<void> {
  const isAnother = (await isRunAt(target)) && (await realpath(target)) !== (await realpath(directory));
  if (isAnother)
    throw new UsageError(`${target} is the directory of another run`, 'name one that is empty or not there with --to');
}

/** What the page links to: the raw files as they are, from where the page stands. */
async function rawFilesFrom(target: string, directory: string): Promise<readonly RawFile[]> {
  const journal = await access(join(directory, JOURNAL_FILE)).then(
    () => JOURNAL_FILE,
    () => COMPRESSED_JOURNAL_FILE,
  );
  return RUN_FILES.map(({ path, says }) => {
    if (path === JOURNAL_FILE) return { path: relative(target, join(directory, journal)), says };
    return path === HEADER_FILE ? { path: relative(target, join(directory, path)), says } : { path, says };
  });
}

/** A run that may not be written to can still be rendered. */
export function renderElsewhere(error: unknown, directory: string): unknown {
  if (!(error instanceof EnvironmentError)) return error;
  const place = formatCommand([join(tmpdir(), `report-of-${basename(directory)}`)]);
  return new EnvironmentError(
    error.message,
    `render it into a place with room that you may write to: ${reportCommand(directory)} --to ${place}`,
    { cause: error },
  );
}
