import { makeRandom, type Random, shuffled } from '../../model/random.ts';
import { estimateMean } from '../statistics/interval.ts';
import type { LatencyShape, MachineMood } from './shapes.ts';

export const SIMULATED_STATISTICS = ['p50', 'p99', 'mean'] as const;
type SimulatedStatistic = (typeof SIMULATED_STATISTICS)[number];

function statisticOf(sorted: Float64Array, statistic: SimulatedStatistic): number {
  if (statistic === 'mean') return sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return sorted[Math.ceil((statistic === 'p50' ? 0.5 : 0.99) * sorted.length) - 1] ?? Number.NaN;
}

function drawSorted(shape: LatencyShape, size: number, random: Random): Float64Array {
  return Float64Array.from({ length: size }, () => shape.draw(random)).sort();
}

/** Statistics of many simulated trials in a machine of mood 1, and the truth: the same statistic of the shape itself. */
export interface TrialPool {
  readonly trials: Readonly<Record<SimulatedStatistic, readonly number[]>>;
  readonly truth: Readonly<Record<SimulatedStatistic, number>>;
}

/** Simulates `trials` trials of `requests` requests. A mood scales every latency, so it scales every statistic of a trial. */
export function makeTrialPool(shape: LatencyShape, trials: number, requests: number, seed: number): TrialPool {
  const random = makeRandom(seed);
  const samples = Array.from({ length: trials }, () => drawSorted(shape, requests, random));
  const large = drawSorted(shape, 1_000_000, random);
  const all = (statistic: SimulatedStatistic) => samples.map((sample) => statisticOf(sample, statistic));
  const truth = (statistic: SimulatedStatistic) => statisticOf(large, statistic);
  return {
    trials: { p50: all('p50'), p99: all('p99'), mean: all('mean') },
    truth: { p50: truth('p50'), p99: truth('p99'), mean: truth('mean') },
  };
}

export interface CoverageCase {
  readonly pool: TrialPool;
  readonly mood: MachineMood;
  readonly statistic: SimulatedStatistic;
  readonly rounds: number;
  /** b's latencies over a's: 1 is an A/A run. */
  readonly ratio: number;
  /** `interleaved`: a and b once per round in a drawn order. `blocked`: all of a, then all of b. */
  readonly design: 'interleaved' | 'blocked';
  readonly runs: number;
  readonly confidence: number;
  readonly seed: number;
}

export interface Coverage {
  /** Share of runs whose interval held the truth: of mode a's own statistic, and of b − a. */
  readonly level: number;
  readonly difference: number;
  /** Share of runs in which the difference's interval excluded 0. */
  readonly excludesZero: number;
}

const MODES_PER_ROUND = 2;

/** Moods of a's and b's trials, round by round. */
function moodsOf(one: CoverageCase, random: Random): { a: number; b: number }[] {
  if (one.design === 'blocked') {
    const moods = one.mood.draw(one.rounds * MODES_PER_ROUND, 1, random).flat();
    return Array.from({ length: one.rounds }, (_, round) => ({
      a: moods[round] ?? 1,
      b: moods[round + one.rounds] ?? 1,
    }));
  }
  return one.mood.draw(one.rounds, MODES_PER_ROUND, random).map((moods) => {
    const [a, b] = shuffled(moods, random);
    return { a: a ?? 1, b: b ?? 1 };
  });
}

function simulateRun(one: CoverageCase, random: Random): { a: number[]; difference: number[] } {
  const trials = one.pool.trials[one.statistic];
  const draw = (mood: number) => mood * (trials[Math.floor(random() * trials.length)] ?? Number.NaN);
  const rounds = moodsOf(one, random).map((moods) => ({ a: draw(moods.a), b: one.ratio * draw(moods.b) }));
  return { a: rounds.map((round) => round.a), difference: rounds.map((round) => round.b - round.a) };
}

function holds(values: readonly number[], truth: number, confidence: number): boolean {
  const { low, high } = estimateMean(values, { confidence, seed: 1 });
  return low !== null && high !== null && low <= truth && truth <= high;
}

/** How often intervals hold the truth, over many simulated runs. */
export function simulateCoverage(one: CoverageCase): Coverage {
  const random = makeRandom(one.seed);
  const truth = one.pool.truth[one.statistic];
  const counts = { level: 0, difference: 0, excludesZero: 0 };
  for (let run = 0; run < one.runs; run += 1) {
    const { a, difference } = simulateRun(one, random);
    if (holds(a, truth, one.confidence)) counts.level += 1;
    if (holds(difference, (one.ratio - 1) * truth, one.confidence)) counts.difference += 1;
    if (!holds(difference, 0, one.confidence)) counts.excludesZero += 1;
  }
  return {
    level: counts.level / one.runs,
    difference: counts.difference / one.runs,
    excludesZero: counts.excludesZero / one.runs,
  };
}
