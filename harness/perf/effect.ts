import { estimatePairedDifference, type PairedEstimate, type RoundPair } from '../analysis/statistics/paired.ts';
import { observeTrial } from '../experiment/load/measures.ts';
import type { Run } from '../model/run.ts';
import { type BarRow, printBenchmark } from './bar-row.ts';
import { measureBench } from './bench-run.ts';
import { readRunsWanted, sliceRounds } from './round-slices.ts';

/*
 * Is the cost of iptables at 10,000 Services found by 60 s of load? Ten runs of 6 rounds x 2 modes x 5 s, on one standing laboratory. About 15 minutes;
 * PERF_RUNS=1 takes two.
 */
const RUNS = 10;
const ROUNDS_EACH = 6;
const MODE = 'iptables-legacy';
const REFERENCE = 'nftables';
const CONFIDENCE = 0.95;

function benchWords(runs: number): readonly string[] {
  const rounds = runs * ROUNDS_EACH;
  const what = `--scenario 10k --services 10000 --modes ${MODE},${REFERENCE} --keepalive none --no-probes`;
  return `${what} --warm-up 200ms --idle 200ms --duration 5s --rounds ${rounds}-${rounds} --budget 30m`.split(' ');
}

/** Median handshake of each valid trial of a mode, by round. */
function mediansOf(run: Run, modeId: string): ReadonlyMap<number, number> {
  const trials = run.trials.filter((trial) => trial.valid && trial.plan.modeId === modeId);
  const medians = trials.map(
    (trial) => [trial.plan.round, observeTrial(trial)?.reading.values.get('handshake.p50') ?? Number.NaN] as const,
  );
  return new Map(medians.filter(([, medianUs]) => !Number.isNaN(medianUs)));
}

function estimateEffect(run: Run): PairedEstimate {
  const reference = mediansOf(run, REFERENCE);
  const pairs = [...mediansOf(run, MODE)].flatMap(([round, a]): RoundPair[] => {
    const b = reference.get(round);
    return b === undefined ? [] : [{ round, a, b }];
  });
  return estimatePairedDifference(pairs, { confidence: CONFIDENCE, seed: run.header.seed });
}

function formatEstimate({ estimateUs, lowUs, highUs, rounds }: PairedEstimate): string {
  const interval = lowUs === null || highUs === null ? `no interval` : `${lowUs.toFixed(1)} … ${highUs.toFixed(1)}`;
  return `${estimateUs.toFixed(1)} µs (${interval}; ${rounds} rounds)`;
}

/** Fewer runs than the bar is about can miss it, and cannot meet it. */
function judgeEffect(effects: readonly PairedEstimate[]): BarRow[] {
  const found = effects.filter(({ lowUs }) => lowUs !== null && lowUs > 0).length;
  const whole = effects.length === RUNS ? true : null;
  const each = effects.map((effect, index): BarRow => {
    const what = `run ${index + 1}: ${MODE} less ${REFERENCE}, median handshake at 10,000`;
    return { what, measured: formatEstimate(effect), bar: 'above 0', met: effect.lowUs !== null && effect.lowUs > 0 };
  });
  const total: BarRow = {
    what: 'effect at 10,000 Services found in 60 s of load',
    measured: `${found} of ${effects.length} runs`,
    bar: `every one of ${RUNS}`,
    met: found < effects.length ? false : whole,
  };
  return [...each, total];
}

async function measureEffect(): Promise<BarRow[]> {
  const runs = readRunsWanted(process.env, RUNS);
  const { run } = await measureBench(benchWords(runs));
  return judgeEffect(sliceRounds(run, ROUNDS_EACH).map(estimateEffect));
}

if (import.meta.main) process.exitCode = await printBenchmark(measureEffect);
