import { join } from 'node:path';
import { BenchError, EXIT, type ExitCode, InvalidRunError, UsageError } from '../errors.ts';
import { launchRun } from '../launch/launch.ts';
import type { Run } from '../model/run.ts';
import type { BenchOptions } from '../prepare/bench-options.ts';
import { findScenario, type ScenarioOfRun } from '../prepare/scenario-of-run.ts';
import { prepareRun } from '../prepare/steps.ts';
import { renderTerminal } from '../report/terminal.ts';
import { resumeCommand } from '../store/run-words.ts';
import { loadRun } from '../store/store.ts';
import type { CommandWorld } from '../system/world.ts';
import { renderElsewhere, renderRun, writeFiles } from './report.ts';
import { formatShortRunEnd, requireValidTrial } from './run-end.ts';
import { type EndedRun, runSeries } from './series.ts';
import { makeSetup } from './setup-world.ts';
import { terminalColumns } from './terminal-width.ts';

/** Measures a scenario from nothing: prerequisites, kube-proxy, testbed, trials, and the files that show them. */
export async function runBench(options: BenchOptions, world: CommandWorld): Promise<ExitCode> {
  const wanted = await findScenario(options);
  if (wanted.scenario.axis.kind === 'none') return (await benchOne(wanted, options, world)).code;
  return runSeries(wanted.scenario, options, world, async (one) => benchOne(await findScenario(one), one, world));
}

/** One run, from nothing to its report: prepare, launch, render. */
async function benchOne(wanted: ScenarioOfRun, options: BenchOptions, world: CommandWorld): Promise<EndedRun> {
  const { json } = options;
  await using prepared = await prepareRun(wanted, options, { world, setup: makeSetup(options, world) });
  const { request } = prepared;
  const { runDirectory: directory } = request;
  const code = await launchRun(request, world).catch(async (error: unknown) => {
    // What was measured before it ended is shown all the same; the error itself is told behind it.
    if (error instanceof BenchError) await showRun(directory, { code: error.exitCode, json, world });
    throw error;
  });
  const run = await showRun(directory, { code, json, world });
  if (run !== null && code === EXIT.ok) requireValidTrial(run, join(directory, 'report.html'));
  return { code, directory };
}

/** Shows what there is, also of a run that ended early, as long as anything was measured. */
async function showRun(
  directory: string,
  { code, json, world }: { code: ExitCode; json: boolean; world: CommandWorld },
): Promise<Run | null> {
  // Words that were refused measured nothing, and to go on with the same words would not either.
  if (code === EXIT.internal || code === EXIT.usage) return null;
  const run = await loadRun(directory).catch((error: unknown) => {
    if (error instanceof UsageError || error instanceof InvalidRunError) return null;
    throw error;
  });
  if (run === null || run.trials.length === 0) return run;
  const { files, findings } = await renderRun(run);
  await writeFiles(files, directory).catch((error: unknown) => {
    throw renderElsewhere(error, directory);
  });
  if (!json) world.streams.stdout.write(`\n${renderTerminal(findings, terminalColumns(world))}\n`);
  world.streams.stderr.write(
    `\nreport: ${join(directory, 'report.html')}\nsummary: ${join(directory, 'summary.md')}\n`,
  );
  if (code !== EXIT.ok && run.header.status !== 'complete')
    world.streams.stderr.write(`go on with it: ${resumeCommand(directory)}\n`);
  const end = code === EXIT.ok ? formatShortRunEnd(run.header, findings) : null;
  if (end !== null) world.streams.stderr.write(`${end}\n`);
  return run;
}
