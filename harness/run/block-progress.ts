import { PrimaryDifferences } from '../analysis/primary.ts';
import { shouldStop } from '../analysis/stop.ts';
import type { PlannedBlock } from '../model/plan.ts';
import type { RunEventOf } from '../model/run-event.ts';
import type { Trial } from '../model/trial.ts';
import { expectRounds, expectTimeLeftMs } from '../plan/budget.ts';
import { countWholeRounds, nextUnit, type SizeEnd, type UnitToMeasure } from './next-unit.ts';
import type { RunRequest } from './request.ts';

export interface BlockProgressOptions {
  readonly request: RunRequest;
  readonly block: PlannedBlock;
  /** Since the run began, ms. */
  readonly elapsedMs: () => number;
  /** When this size must leave the rest to the others. */
  readonly deadlineMs: number;
  /** Sizes that are not finished, this one included. */
  readonly sizesLeft: number;
}

/** How far one size is: what is done, what the differences are after the last whole round, and how long its rounds take. */
export class BlockProgress {
  readonly #options: BlockProgressOptions;
  readonly #differences: PrimaryDifferences;
  readonly #done = new Set<number>();
  #estimates: ReturnType<PrimaryDifferences['estimates']> = [];
  #roundStartedMs = 0;
  #roundMs: number | null = null;

  /** `known` are trials of this size that a resumed run brings along. */
  constructor(options: BlockProgressOptions, known: readonly Trial[]) {
    this.#options = options;
    this.#differences = new PrimaryDifferences(options.request.scenario, options.request.modes);
    for (const trial of known) this.#add(trial);
    this.#estimates = this.#differences.estimates();
  }

  next(): UnitToMeasure | SizeEnd {
    const { block, request, deadlineMs, elapsedMs } = this.#options;
    return nextUnit({
      block,
      done: this.#done,
      estimates: this.#estimates.map(({ estimate }) => estimate),
      stop: request.scenario.stop,
      clock: { elapsedMs: elapsedMs(), deadlineMs, roundMs: this.#roundMs },
    });
  }

  startRound(): void {
    this.#roundStartedMs = this.#options.elapsedMs();
  }

  /** Takes a finished trial in. `true` when its round is whole with it. */
  keep(trial: Trial): boolean {
    this.#add(trial);
    const { round } = trial.plan;
    if (countWholeRounds({ block: this.#options.block, done: this.#done }) <= round) return false;
    this.#roundMs = Math.max(this.#roundMs ?? 0, this.#options.elapsedMs() - this.#roundStartedMs);
    this.#estimates = this.#differences.estimates();
    this.startRound();
    return true;
  }

  #add(trial: Trial): void {
    this.#done.add(trial.plan.index);
    this.#differences.add(trial);
  }

  /** What is known after a whole round. */
  describeRound(round: number): Omit<RunEventOf<'round-finished'>, 'atMs' | 'type'> {
    const { sizeServices } = this.#options.block;
    const differences = this.#estimates.map(({ difference }) => difference);
    return { sizeServices, round, differences, widestUs: this.#position().widestUs };
  }

  /** Time that the run has yet to go. The least number of rounds is taken even when the time is up: what is expected is never more than the most. */
  expectTimeLeft(setUpMs: number): { readonly expectedMs: number; readonly atMostMs: number } {
    const { request, sizesLeft } = this.#options;
    const { stop } = request.scenario;
    const elapsedMs = this.#options.elapsedMs();
    const { rounds, widestUs } = this.#position();
    const expectedMs = expectTimeLeftMs({
      elapsedMs,
      budgetMs: stop.budgetMs,
      sizesLeft,
      rounds,
      expectedRounds: expectRounds({ rounds, widestUs, ...stop }),
      roundMs: this.#roundMs ?? 0,
      setUpMs,
    });
    return { expectedMs, atMostMs: Math.max(expectedMs, stop.budgetMs - elapsedMs) };
  }

  #position(): { readonly rounds: number; readonly widestUs: number | null } {
    const rounds = countWholeRounds({ block: this.#options.block, done: this.#done });
    const estimates = this.#estimates.map(({ estimate }) => estimate);
    return { rounds, widestUs: shouldStop(rounds, estimates, this.#options.request.scenario.stop).widestUs };
  }
}
