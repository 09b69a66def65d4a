import { analyseRun } from '../analysis/analyse-run.ts';
import type { PairedDifference } from '../model/findings.ts';
import { type BarRow, printBenchmark } from './bar-row.ts';
import { measureBench } from './bench-run.ts';
import { readRunsWanted, sliceRounds } from './round-slices.ts';

/*
 * How often does the scenario that measures a mode against itself say "different"? 20 runs of 5 rounds of 1 s, on one standing laboratory, each through
 * the whole analysis: a run says it when any of its headline comparisons (which share one error rate) does. About 10 minutes; PERF_RUNS=2 takes one.
 */
const RUNS = 20;
const ROUNDS_EACH = 5;
const MOST_DIFFERENT = 1;

function benchWords(runs: number): readonly string[] {
  const rounds = runs * ROUNDS_EACH;
  const what = '--scenario aa --keepalive none --no-probes';
  return `${what} --warm-up 200ms --idle 500ms --duration 1s --rounds ${rounds}-${rounds} --budget 30m`.split(' ');
}

/** In how many runs a headline comparison is as `is` says, and of which quantities. */
function countRuns(runs: readonly (readonly PairedDifference[])[], is: (one: PairedDifference) => boolean) {
  const hits = runs.map((differences) => differences.filter(is)).filter((differences) => differences.length > 0);
  const quantities = [...new Set(hits.flat().map(({ quantity }) => quantity))];
  const words = `${hits.length} of ${runs.length} runs${quantities.length === 0 ? '' : ` (${quantities.join(', ')})`}`;
  return { count: hits.length, words };
}

/** Fewer runs than the bar is about can miss it, and cannot meet it. */
function judgeAa(runs: readonly (readonly PairedDifference[])[]): BarRow[] {
  const different = countRuns(runs, ({ verdict }) => verdict === 'different');
  const excluding = countRuns(runs, ({ excludesZero }) => excludesZero);
  const whole = runs.length === RUNS ? true : null;
  const bar = `at most ${MOST_DIFFERENT} of ${RUNS}`;
  return [
    {
      what: 'aa says "different"',
      measured: different.words,
      bar,
      met: different.count > MOST_DIFFERENT ? false : whole,
    },
    { what: 'aa: an interval excludes 0, however little', measured: excluding.words, bar: '–', met: null },
  ];
}

async function measureAa(): Promise<BarRow[]> {
  const runs = readRunsWanted(process.env, RUNS);
  const { run } = await measureBench(benchWords(runs));
  const findings = sliceRounds(run, ROUNDS_EACH).map(analyseRun);
  return judgeAa(findings.map(({ differences }) => differences.filter(({ inFamily }) => inFamily)));
}

if (import.meta.main) process.exitCode = await printBenchmark(measureAa);
