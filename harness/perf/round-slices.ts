import { UsageError } from '../errors.ts';
import type { Run } from '../model/run.ts';

/**
 * One long run → many short ones, each of the next `roundsEach` rounds: they stand on one laboratory and are otherwise as independent as rounds are.
 * Rounds that do not fill a slice are left over.
 */
export function sliceRounds(run: Run, roundsEach: number): Run[] {
  const rounds = [...new Set(run.trials.map((trial) => trial.plan.round))].sort((first, second) => first - second);
  const slices = Math.floor(rounds.length / roundsEach);
  return Array.from({ length: slices }, (_, slice) => {
    const mine = new Set(rounds.slice(slice * roundsEach, (slice + 1) * roundsEach));
    return { ...run, trials: run.trials.filter((trial) => mine.has(trial.plan.round)) };
  });
}

/** How many runs are wanted: PERF_RUNS, for a look whether it works; otherwise as many as the bar is about. */
export function readRunsWanted(env: Readonly<Record<string, string | undefined>>, full: number): number {
  const word = env.PERF_RUNS ?? '';
  if (word === '') return full;
  const runs = /^[0-9]{1,3}$/.test(word) ? Number(word) : 0;
  if (runs >= 1 && runs <= full) return runs;
  throw new UsageError(
    `PERF_RUNS is ${JSON.stringify(word)}`,
    `give a whole number from 1 to ${full}, or leave it out`,
  );
}
