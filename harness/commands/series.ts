import { basename, dirname, join } from 'node:path';
import { type BenchError, EnvironmentError, EXIT, type ExitCode, InvalidRunError } from '../errors.ts';
import type { Run } from '../model/run.ts';
import type { Scenario } from '../model/scenario.ts';
import type { BenchOptions } from '../prepare/bench-options.ts';
import { loadRun, RUNS_DIRECTORY } from '../store/store.ts';
import type { CommandWorld } from '../system/world.ts';
import { runCompare } from './compare.ts';

/** One run of a series as it ended. */
export interface EndedRun {
  readonly code: ExitCode;
  readonly directory: string;
}

/** What differs from run to run: the axis is taken out of the scenario, so that every run is an ordinary one that can be read, resumed and compared by itself. */
function optionsOfValue(options: BenchOptions, axis: Scenario['axis'], value: string): BenchOptions {
  const overrides = [...options.overrides, { flag: 'axis', path: ['axis'], value: {} }];
  if (axis.kind === 'kernel') return { ...options, overrides, guest: { ...options.guest, kernel: value } };
  return { ...options, overrides: [...overrides, { flag: '--kube-proxy', path: ['proxy', 'version'], value }] };
}

/**
 * Runs a scenario once for each value of its axis, and compares the runs by it. A value that this machine cannot have (a version that neither downloads nor builds), and one whose run came to
 * no valid trial, is named and left out: the hours of the other runs are not lost with it. Ctrl-C ends the series. Emulated guests all take the rate of the first, or they could not be compared.
 * Resolves with the first code that is not 0, otherwise the comparison's; rejects when fewer than two runs can be compared.
 */
export async function runSeries(
  scenario: Scenario,
  options: BenchOptions,
  world: CommandWorld,
  runOne: (options: BenchOptions) => Promise<EndedRun>,
): Promise<ExitCode> {
  const say = (text: string) => world.streams.stderr.write(`${text}\n`);
  const ended: EndedRun[] = [];
  const lacking: BenchError[] = [];
  let usedRateRps: number | null = null;
  for (const [index, value] of scenario.axis.values.entries()) {
    say(`\n${scenario.name}: ${scenario.axis.kind} ${value} (${index + 1} of ${scenario.axis.values.length})`);
    try {
      const one = await runOne({ ...optionsOfValue(options, scenario.axis, value), usedRateRps });
      if (one.code === EXIT.interrupted) return one.code;
      const run = await loadRun(one.directory);
      requireValidTrials(run, one);
      ended.push(one);
      usedRateRps ??= run.header.usedRateRps ?? null;
    } catch (error) {
      if (!(error instanceof EnvironmentError || error instanceof InvalidRunError)) throw error;
      say(`left out: ${value}: ${error.message}\n  → ${error.remedy}`);
      lacking.push(error);
    }
  }
  if (ended.length < 2)
    throw lacking[0] ?? new EnvironmentError('one run is nothing to compare', 'give the axis two values');
  const compared = await compareSeries(scenario, ended, { options, world });
  const invalid = lacking.find((error) => error instanceof InvalidRunError);
  return ended.find((run) => run.code !== EXIT.ok)?.code ?? invalid?.exitCode ?? compared;
}

function requireValidTrials(run: Run, { directory }: EndedRun): void {
  if (run.trials.some((trial) => trial.valid)) return;
  throw new InvalidRunError(
    `its run has no valid trial${run.header.statusReason === null ? '' : `: ${run.header.statusReason}`}`,
    `read the logs in ${join(directory, 'logs')}`,
  );
}

async function compareSeries(
  scenario: Scenario,
  ended: readonly EndedRun[],
  { options, world }: { options: BenchOptions; world: CommandWorld },
): Promise<ExitCode> {
  const runsDirectory = options.runsDirectory ?? RUNS_DIRECTORY;
  const [first] = ended;
  return runCompare(
    {
      runs: ended.map((run) => run.directory),
      by: scenario.axis.kind,
      force: false,
      failOn: [],
      failOnUnsure: false,
      toDirectory: join(dirname(runsDirectory), 'comparisons', basename(first?.directory ?? scenario.name)),
      runsDirectory,
    },
    world,
  );
}
