import { join } from 'node:path';
import { compareRuns } from '../analysis/compare-runs.ts';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { COMPARISON_AXES, type Comparison, type ComparisonAxis } from '../model/comparison.ts';
import { headerOfWhatRan, type Run } from '../model/run.ts';
import { formatRefusal, renderComparisonHtml, renderComparisonMarkdown } from '../report/comparison-page.ts';
import { loadRun, RUNS_DIRECTORY } from '../run/store.ts';
import { findRunDirectory } from '../run/store-find.ts';
import { closeDeadRuns } from '../run/temporary-directory.ts';
import { writeFileAtomically } from '../system/atomic-file.ts';
import { makeDirectory } from '../system/make-directory.ts';
import type { CommandContext } from './report.ts';

export interface CompareOptions {
  /** "latest", ids or directories; the first is what the others are held against. */
  readonly runs: readonly string[];
  readonly by: string;
  readonly force: boolean;
  /** Rules like `rtt.p50>10%`. */
  readonly failOn: readonly string[];
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

/** `compare RUN RUN… --by AXIS`: Markdown on stdout, exit 1 when a `--fail-on` rule is broken. */
export async function runCompare(options: CompareOptions, { streams, env }: CommandContext): Promise<ExitCode> {
  await closeDeadRuns(env);
  const axis = parseAxis(options.by);
  if (options.runs.length < 2) throw new UsageError('one run is nothing to compare', 'name two or more runs');
  const runs: Run[] = [];
  for (const word of options.runs) {
    runs.push(await loadRun(await findRunDirectory(word, options.runsDirectory ?? RUNS_DIRECTORY)));
  }
  const comparison = compareRuns(runs, { axis, forced: options.force, rules: options.failOn });
  refuseUnlessForced(comparison);
  const markdown = renderComparisonMarkdown(comparison);
  if (options.toDirectory !== undefined) {
    const modes = runs.flatMap((run) => headerOfWhatRan(run.header).scenario.modes);
    await makeDirectory(options.toDirectory);
    await writeFileAtomically(join(options.toDirectory, 'compare.html'), await renderComparisonHtml(comparison, modes));
    await writeFileAtomically(join(options.toDirectory, 'compare.md'), markdown);
    streams.stderr.write(`${join(options.toDirectory, 'compare.html')}\n`);
  }
  streams.stdout.write(markdown);
  return comparison.rules.some((rule) => rule.broken.length > 0) ? EXIT.verdictFailed : EXIT.ok;
}
