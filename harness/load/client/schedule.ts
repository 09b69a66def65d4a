import { makeRandom, type Random } from '../../model/random.ts';

export interface ScheduleOptions {
  readonly arrivals: 'uniform' | 'poisson';
  readonly rateRps: number;
  readonly durationMs: number;
  readonly seed: number;
}

/** How many requests are due in a phase: the rate times its length, to the nearest whole one, in both kinds of arrivals. */
export function countDue({ rateRps, durationMs }: Pick<ScheduleOptions, 'rateRps' | 'durationMs'>): number {
  return Math.round((rateRps * durationMs) / 1000);
}

/**
 * The due times of a phase, one per call, in µs from its start, ascending; Infinity after the last.
 *
 * Uniform: one every 1/rate, the first at 0. Poisson: a Poisson process *given its number of arrivals*, so that the requested rate is met exactly
 * and a short trial is not called "rate missed" by chance. Given their number, the arrivals are ordered uniforms, and those are
 * partial sums of n + 1 exponentials over their total (Devroye, Non-Uniform Random Variate Generation, 1986, V.2.1, theorem 2.2). The stream
 * is drawn twice from the seed, once for the total, because keeping a long phase's due times would cost more memory than all else.
 */
export function makeSchedule(options: ScheduleOptions): () => number {
  return options.arrivals === 'uniform' ? uniformSchedule(options) : poissonSchedule(options);
}

function uniformSchedule(options: ScheduleOptions): () => number {
  const count = countDue(options);
  const gapUs = 1e6 / options.rateRps;
  let index = -1;
  return () => {
    index += 1;
    return index < count ? index * gapUs : Number.POSITIVE_INFINITY;
  };
}

function poissonSchedule(options: ScheduleOptions): () => number {
  const count = countDue(options);
  const rehearsal = makeRandom(options.seed);
  let total = 0;
  for (let i = 0; i <= count; i += 1) total += drawExponential(rehearsal);
  const scaleUs = (options.durationMs * 1000) / total;
  const random = makeRandom(options.seed);
  let index = -1;
  let sum = 0;
  return () => {
    index += 1;
    sum += drawExponential(random);
    return index < count ? sum * scaleUs : Number.POSITIVE_INFINITY;
  };
}

/** Inversion; 1 − u is in (0, 1], so the logarithm is finite. */
function drawExponential(random: Random): number {
  return -Math.log(1 - random());
}
