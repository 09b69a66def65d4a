import { firstError, InterruptedError } from '../errors.ts';
import type { Plan, PlannedBlock } from '../model/plan.ts';
import type { Run, RunHeader } from '../model/run.ts';
import type { RunListener } from '../model/run-event.ts';
import type { Trial } from '../model/trial.ts';
import { blockDeadlineMs } from '../plan/budget.ts';
import { expandPlan } from '../plan/expand.ts';
import { type Journal, openJournal } from '../store/journal.ts';
import { loadRun, writeRunHeader } from '../store/store.ts';
import type { Clock } from '../system/clock.ts';
import type { Testbed, TestbedKind } from '../testbed/testbed.ts';
import { BlockRunner } from './block.ts';
import { calibrate } from './calibration.ts';
import { endHeader, makeHeader, type RunEnd, requestWarnings, sumTiming, withCalibration } from './header.ts';
import type { SizeEnd } from './next-unit.ts';
import type { RunRequest } from './request.ts';
import { requireSamePlace } from './same-place.ts';
import { StandUpTimeError } from './stand-up-time.ts';
import { Tell } from './tell.ts';

export interface RunWorld {
  readonly kind: Pick<TestbedKind, 'open'>;
  readonly emit: RunListener;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Runs a scenario: opens the testbed, measures the instrument, and takes every size's rounds until their intervals are narrow enough or the time is up.
 * What was measured is in the run's directory at any moment. Resolves with the final header; rejects after writing it with the status that fits.
 */
export async function runScenario(request: RunRequest, world: RunWorld): Promise<RunHeader> {
  const run = await RunInProgress.begin(request, world);
  try {
    return await run.finish(await run.measure());
  } catch (error) {
    const interrupted = world.signal.aborted;
    // Before the testbed stands there is no header to write: the error itself says all there is, and its exit code is the right one.
    if (!run.hasBegun) await run.abandon();
    else if (interrupted) await run.finish({ status: 'interrupted', reason: 'interrupted' });
    else await run.finish({ status: 'failed', reason: firstLine(error) });
    throw interrupted ? new InterruptedError() : firstError(error);
  }
}

function firstLine(thrown: unknown): string {
  const error = firstError(thrown);
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

const COMPLETE: RunEnd = { status: 'complete', reason: null };

class RunInProgress {
  readonly #request: RunRequest;
  readonly #world: RunWorld;
  readonly #tell: Tell;
  readonly #journal: Journal;
  readonly #startedMs: number;
  readonly #plan: Plan;
  /** What a resumed run goes on with. */
  readonly #stored: Run | null;
  readonly #trials: Trial[];
  #header: RunHeader | null = null;
  #usedRateRps: number;
  #setUpMs = 0;
  #sizeServices = 0;

  private constructor(
    request: RunRequest,
    world: RunWorld,
    parts: { tell: Tell; journal: Journal; stored: Run | null },
  ) {
    this.#request = request;
    this.#world = world;
    this.#tell = parts.tell;
    this.#journal = parts.journal;
    this.#startedMs = world.clock.monotonicMs();
    // A journal names its trials by their place in the plan: they keep it, whatever order would be drawn today.
    this.#plan = parts.stored?.header.plan ?? expandPlan(request.scenario, request.modes, request.arrangement.standing);
    this.#trials = [...(parts.stored?.trials ?? [])];
    this.#stored = parts.stored;
    this.#usedRateRps = request.scenario.load.rateRps;
  }

  static async begin(request: RunRequest, world: RunWorld): Promise<RunInProgress> {
    const { journal, tornBytes } = await openJournal(request.runDirectory);
    const stored = request.resume ? await loadRun(request.runDirectory) : null;
    const tell = new Tell(world.emit, world.clock);
    tell.runStarted(request, stored?.trials.length ?? 0);
    tell.warnings(requestWarnings(request));
    tell.tornLine(tornBytes);
    return new RunInProgress(request, world, { tell, journal, stored });
  }

  /** The loop: every size that is left, until the time is up. */
  async measure(): Promise<RunEnd> {
    const openedMs = this.#elapsedMs();
    await using testbed = await this.#openTestbed();
    await this.#writeFirstHeader(testbed);
    await this.#calibrate(testbed);
    this.#setUpMs += this.#elapsedMs() - openedMs;
    let end = COMPLETE;
    for (const [index, block] of this.#plan.blocks.entries()) {
      this.#world.signal.throwIfAborted();
      const sizeEnd = await this.#measureInTime(testbed, block, this.#plan.blocks.length - index);
      if (sizeEnd instanceof StandUpTimeError) return { status: 'budget-spent', reason: sizeEnd.message };
      if (sizeEnd.because === 'budget-spent') end = this.#spentAt(block);
    }
    return end;
  }

  /** Whether this try has written the header: before it there is none, or that of an earlier one, which stays as it is. */
  get hasBegun(): boolean {
    return this.#header !== null;
  }

  /** Lets go of a run that this try never began to measure. */
  async abandon(): Promise<void> {
    await this.#journal[Symbol.asyncDispose]();
  }

  async finish(end: RunEnd): Promise<RunHeader> {
    await this.#journal[Symbol.asyncDispose]();
    const { clock } = this.#world;
    const header = endHeader(this.#begunHeader, {
      ...end,
      endedAt: new Date(clock.wallMs()).toISOString(),
      timing: sumTiming(this.#stored?.header ?? null, {
        totalMs: this.#elapsedMs() - this.#earlierMs,
        setUpMs: this.#setUpMs,
        trials: this.#trials,
      }),
    });
    await this.#writeHeader(header);
    this.#tell.runFinished(this.#request.runDirectory, header, this.#trials);
    return header;
  }

  get #begunHeader(): RunHeader {
    if (this.#header === null) throw new Error('the run has no header yet');
    return this.#header;
  }

  async #writeHeader(header: RunHeader): Promise<void> {
    this.#header = header;
    await writeRunHeader(this.#request.runDirectory, header);
  }

  /** Since the run began, ms: with what earlier tries took. */
  #elapsedMs(): number {
    return this.#earlierMs + this.#world.clock.monotonicMs() - this.#startedMs;
  }

  /** A run that was broken off goes on with the time it had left; one that had spent its time gets it once more. */
  get #earlierMs(): number {
    const before = this.#stored?.header ?? null;
    return before === null || before.status === 'budget-spent' ? 0 : before.timing.totalMs;
  }

  async #openTestbed(): Promise<Testbed> {
    const { scenario, modes, arrangement, testbed: name, ...request } = this.#request;
    this.#tell.testbedStep('started', `opening ${name}`);
    try {
      const testbed = await this.#world.kind.open(
        {
          scenario,
          modes,
          standing: arrangement.standing,
          kubeProxies: request.kubeProxies,
          logsDirectory: request.logsDirectory,
          temporaryDirectory: request.temporaryDirectory,
          keep: request.keep,
          guest: request.guest,
          onProgress: (event) => this.#tell.sizeStep(this.#sizeServices, event),
        },
        this.#world.signal,
      );
      this.#tell.testbedStep('done', `${name} is open`);
      return testbed;
    } catch (error) {
      this.#tell.testbedStep('failed', firstLine(error));
      throw error;
    }
  }

  async #writeFirstHeader({ environment, conditions = [], limits }: Testbed): Promise<void> {
    const { runDirectory: directory, scenario, modes } = this.#request;
    if (this.#stored !== null) requireSamePlace(this.#stored.header, { directory, scenario, modes, environment });
    const { harnessCommitUnknown } = environment;
    const found = [...conditions, ...(harnessCommitUnknown === undefined ? [] : [harnessCommitUnknown])];
    this.#tell.warnings(found);
    const header = makeHeader({
      request: this.#request,
      plan: this.#plan,
      before: this.#stored?.header ?? null,
      environment,
      warnings: [...found, ...limits],
      startedAt: new Date(this.#world.clock.wallMs()).toISOString(),
    });
    await this.#writeHeader(header);
  }

  async #calibrate(testbed: Testbed): Promise<void> {
    const earlierRateRps = this.#stored?.header.usedRateRps ?? this.#request.usedRateRps ?? null;
    const calibration = await calibrate(testbed, { request: this.#request, earlierRateRps, tell: this.#tell });
    if (calibration === null) return;
    this.#usedRateRps = calibration.usedRateRps;
    await this.#writeHeader(withCalibration(this.#begunHeader, calibration));
  }

  /** A StandUpTimeError when a size did not stand before the time was up: the run ends there, with the trials that there are, or as an invalid one where there are none. */
  async #measureInTime(testbed: Testbed, block: PlannedBlock, sizesLeft: number): Promise<SizeEnd | StandUpTimeError> {
    try {
      return await this.#measureBlock(testbed, block, sizesLeft);
    } catch (error) {
      if (!(error instanceof StandUpTimeError) || this.#trials.length === 0) throw error;
      return error;
    }
  }

  async #measureBlock(testbed: Testbed, block: PlannedBlock, sizesLeft: number): Promise<SizeEnd> {
    this.#sizeServices = block.sizeServices;
    const { budgetMs } = this.#request.scenario.stop;
    const runner = new BlockRunner({
      request: this.#request,
      testbed,
      standing: this.#plan.standing,
      block,
      stored: this.#stored,
      usedRateRps: this.#usedRateRps,
      journal: this.#journal,
      tell: this.#tell,
      signal: this.#world.signal,
      elapsedMs: () => this.#elapsedMs(),
      deadlineMs: blockDeadlineMs({ elapsedMs: this.#elapsedMs(), budgetMs, sizesLeft }),
      sizesLeft,
      onTrial: (trial) => this.#trials.push(trial),
    });
    const end = await runner.run();
    this.#setUpMs += runner.setUpMs;
    return end;
  }

  #spentAt({ sizeServices }: PlannedBlock): RunEnd {
    const seconds = Math.round(this.#request.scenario.stop.budgetMs / 1000);
    return {
      status: 'budget-spent',
      reason: `the time of ${seconds} s was up at ${sizeServices} Services before every interval was as narrow as asked`,
    };
  }
}
