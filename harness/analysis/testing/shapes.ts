import type { Random } from '../../model/random.ts';

/** A standard normal value (Box-Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A shape of latencies whose scale is 1 and whose quantiles are known: what a simulation holds an interval against. */
export interface LatencyShape {
  readonly name: string;
  readonly draw: (random: Random) => number;
}

/** Skewed like one path through a kernel: lognormal, median 1, p99 2.26. */
export const SKEWED: LatencyShape = { name: 'skewed', draw: (random) => Math.exp(0.35 * normal(random)) };

/** Two humps, like a cache that is sometimes cold: 70 % around 1, 30 % around 3.3. */
export const TWO_HUMPS: LatencyShape = {
  name: 'two humps',
  draw: (random) => (random() < 0.7 ? Math.exp(0.1 * normal(random)) : 3.3 * Math.exp(0.15 * normal(random))),
};

/** How fast the machine is, round by round: 1 on average. */
export interface MachineMood {
  readonly name: string;
  /** Factor of every round, and of every trial in it (in the order that they ran). */
  readonly draw: (rounds: number, trialsPerRound: number, random: Random) => readonly (readonly number[])[];
}

/** Each round in a mood of its own (8 %), each trial a little off it (2 %). */
export const RESTLESS: MachineMood = {
  name: 'restless',
  draw: (rounds, trialsPerRound, random) =>
    Array.from({ length: rounds }, () => {
      const mood = Math.exp(0.08 * normal(random) - 0.0032);
      return Array.from({ length: trialsPerRound }, () => mood * Math.exp(0.02 * normal(random) - 0.0002));
    }),
};

/** A machine that gets slower all the time, by 30 % from the first trial to the last, and is a little restless beside. */
export const DRIFTING: MachineMood = {
  name: 'drifting',
  draw: (rounds, trialsPerRound, random) => {
    const last = Math.max(1, rounds * trialsPerRound - 1);
    return Array.from({ length: rounds }, (_, round) =>
      Array.from(
        { length: trialsPerRound },
        (_, trial) =>
          (0.85 + (0.3 * (round * trialsPerRound + trial)) / last) * Math.exp(0.02 * normal(random) - 0.0002),
      ),
    );
  },
};
