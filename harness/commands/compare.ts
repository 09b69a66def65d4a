import { join } from 'node:path';
import { compareRuns } from '../analysis/compare/compare-runs.ts';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { COMPARISON_AXES, type Comparison, type ComparisonAxis } from '../model/comparison.ts';
import { headerOfWhatRan, type Run } from '../model/run.ts';
import { closeDeadRuns } from '../prepare/temporary-directory.ts';
import { formatRefusal, renderComparisonHtml, renderComparisonMarkdown } from '../report/comparison/comparison-page.ts';
import { findRunDirectory } from '../store/find.ts';
import { loadRun, RUNS_DIRECTORY } from '../store/store.ts';
import { sha256Hex } from '../system/exec.ts';
import { type CommandContext, writeFiles } from './report.ts';

export interface CompareOptions {
  /** "latest", ids or directories; the others are compared with the first. */
  readonly runs: readonly string[];
  readonly by: string;
  readonly force: boolean;
  /** Rules like `rtt.p50>10%`. */
  readonly failOn: readonly string[];
  /** A rule that could not be judged in some case fails too. */
  readonly failOnUnsure: boolean;
  /** Where compare.html and compare.md go; nothing is written without it. */
  readonly toDirectory?: string;
  readonly runsDirectory?: string;
}

function parseAxis(word: string): ComparisonAxis {
  const axis = COMPARISON_AXES.find((one) => one === word);
  if (axis !== undefined) return axis;
  throw new UsageError(
    `${JSON.stringify(word)} is nothing to compare by`,
    `take one of: ${COMPARISON_AXES.join(', ')}`,
  );
}

function refuseUnlessForced(comparison: Comparison): void {
  if (comparison.otherDifferences.length === 0 || comparison.forced) return;
  throw new UsageError(
    formatRefusal(comparison.axis, comparison.otherDifferences),
    'compare runs that differ in that alone, or add --force (the page will be marked)',
  );
}

/** Runs in the order of their words. One that is named twice, by whatever words, or that is a copy of another, is refused: it differs from itself in nothing. */
async function loadRuns({ runs: words, runsDirectory }: CompareOptions): Promise<readonly Run[]> {
  const seen = new Map<string, string>();
  const runs: Run[] = [];
  for (const word of words) {
    const run = await loadRun(await findRunDirectory(word, runsDirectory ?? RUNS_DIRECTORY));
    const content = sha256Hex(JSON.stringify([run.header, run.trials]));
    const before = seen.get(content);
    if (before !== undefined)
      throw new UsageError(
        `${JSON.stringify(before)} and ${JSON.stringify(word)} are the same run: ${run.header.id}`,
        'name each run once',
      );
    seen.set(content, word);
    runs.push(run);
  }
  return runs;
}

/** Rules that nobody could judge in some case. */
function listUnsure({ rules }: Comparison): readonly string[] {
  return rules.filter(({ unsure }) => unsure !== undefined && unsure > 0).map(({ rule }) => rule);
}

function verdictOf(comparison: Comparison, options: CompareOptions): ExitCode {
  if (comparison.rules.some((rule) => rule.broken.length > 0)) return EXIT.verdictFailed;
  return options.failOnUnsure && listUnsure(comparison).length > 0 ? EXIT.verdictFailed : EXIT.ok;
}

function tellUnsure(
  comparison: Comparison,
  options: CompareOptions,
  stderr: CommandContext['streams']['stderr'],
): void {
  const unsure = listUnsure(comparison);
  if (unsure.length === 0) return;
  const exit = options.failOnUnsure ? 'which fails (--fail-on-unsure)' : '--fail-on-unsure makes that exit 1';
  stderr.write(
    `not judged in every case: ${unsure.join(', ')}; ${exit}; more rounds in both runs narrow the intervals\n`,
  );
}

/** `compare RUN RUN… --by AXIS`: Markdown on stdout, exit 1 when a `--fail-on` rule is broken, or could not be judged and that is to fail. */
export async function runCompare(options: CompareOptions, { streams, env }: CommandContext): Promise<ExitCode> {
  await closeDeadRuns(env);
  const axis = parseAxis(options.by);
  if (options.runs.length < 2) throw new UsageError('one run is nothing to compare', 'name two or more runs');
  if (options.failOnUnsure && options.failOn.length === 0)
    throw new UsageError('--fail-on-unsure has no rule to judge', "add one: --fail-on 'rtt.p50>10%'");
  const runs = await loadRuns(options);
  const comparison = compareRuns(runs, { axis, forced: options.force, rules: options.failOn });
  refuseUnlessForced(comparison);
  const markdown = renderComparisonMarkdown(comparison);
  if (options.toDirectory !== undefined) {
    const modes = runs.flatMap((run) => headerOfWhatRan(run.header).scenario.modes);
    const page = await renderComparisonHtml(comparison, modes);
    await writeFiles({ 'compare.html': page, 'compare.md': markdown }, options.toDirectory);
    streams.stderr.write(`${join(options.toDirectory, 'compare.html')}\n`);
  }
  streams.stdout.write(markdown);
  tellUnsure(comparison, options, streams.stderr);
  return verdictOf(comparison, options);
}
