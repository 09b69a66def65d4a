import { firstError, InterruptedError, InvalidRunError } from '../errors.ts';
import {
  emulatedRateRps,
  loweredRate,
  requireCapacity,
  requireConntrack,
  requireSamples,
} from '../experiment/load/capacity.ts';
import { policyId } from '../experiment/load/policy.ts';
import { readConntrackMax } from '../measure/conntrack-max.ts';
import type { PlannedBlock } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import type { Capacity, RunHeader } from '../model/run.ts';
import type { RunListener } from '../model/run-event.ts';
import type { Trial } from '../model/trial.ts';
import { blockDeadlineMs } from '../plan/budget.ts';
import { expandPlan } from '../plan/expand.ts';
import { type Journal, openJournal } from '../store/journal.ts';
import { loadRun, writeRunHeader } from '../store/store.ts';
import { withoutSecrets } from '../system/secrets.ts';
import type { Testbed, TestbedKind } from '../testbed/testbed.ts';
import { CPU_QUOTA } from './allowance-warnings.ts';
import { BlockRunner } from './block.ts';
import { measureCapacity } from './perform/calibrate.ts';
import type { RunRequest } from './request.ts';
import { requireSamePlace } from './same-place.ts';
import { StandUpTimeError } from './stand-up-time.ts';

export interface RunWorld {
  readonly kind: TestbedKind;
  readonly emit: RunListener;
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
    await run.measure();
    return await run.finish(run.status, run.statusReason);
  } catch (error) {
    const interrupted = world.signal.aborted;
    // Before the testbed stands there is no header to write: the error itself says all there is, and its exit code is the right one.
    if (!run.hasBegun) await run.abandon();
    else await run.finish(interrupted ? 'interrupted' : 'failed', interrupted ? 'interrupted' : firstLine(error));
    throw interrupted ? new InterruptedError() : firstError(error);
  }
}

function firstLine(thrown: unknown): string {
  const error = firstError(thrown);
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

class RunInProgress {
  status: 'complete' | 'budget-spent' = 'complete';
  statusReason: string | null = null;
  #request: RunRequest;
  readonly #world: RunWorld;
  readonly #journal: Journal;
  readonly #startedMs = performance.now();
  readonly #known: readonly Trial[];
  readonly #resumedFrom: RunHeader | null;
  #header: RunHeader | null;
  #hasBegun = false;
  #trials: Trial[];
  #setUpMs = 0;

  private constructor(
    request: RunRequest,
    world: RunWorld,
    parts: { journal: Journal; known: readonly Trial[]; header: RunHeader | null },
  ) {
    this.#request = request;
    this.#world = world;
    this.#journal = parts.journal;
    this.#known = parts.known;
    this.#trials = [...parts.known];
    this.#resumedFrom = parts.header;
    this.#header = parts.header;
  }

  static async begin(request: RunRequest, world: RunWorld): Promise<RunInProgress> {
    const { journal, tornBytes } = await openJournal(request.runDirectory);
    const stored = request.resume ? await loadRun(request.runDirectory) : null;
    const run = new RunInProgress(request, world, {
      journal,
      known: stored?.trials ?? [],
      header: stored?.header ?? null,
    });
    run.#announce(tornBytes);
    return run;
  }

  async measure(): Promise<void> {
    const { signal } = this.#world;
    const openedMs = performance.now();
    await using testbed = await this.#openTestbed();
    this.#requireSamePlace(testbed);
    await this.#writeFirstHeader(testbed);
    await this.#calibrate(testbed);
    this.#setUpMs += performance.now() - openedMs;
    const blocks = this.#plan().blocks;
    for (const [index, block] of blocks.entries()) {
      signal.throwIfAborted();
      if (!(await this.#measureInTime(testbed, block, blocks.length - index))) return;
    }
  }

  /** Whether this try has written the header: before it there is none, or that of an earlier one, which stays as it is. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Lets go of a run that this try never began to measure. */
  async abandon(): Promise<void> {
    await this.#journal[Symbol.asyncDispose]();
  }

  async finish(status: RunHeader['status'], statusReason: string | null): Promise<RunHeader> {
    await this.#journal[Symbol.asyncDispose]();
    const header = this.#header;
    if (header === null)
      throw new InvalidRunError(
        `the run ended before anything could be measured: ${statusReason}`,
        'run "npm run doctor"',
      );
    const timing = this.#timing();
    this.#header = { ...header, status, statusReason, endedAt: new Date().toISOString(), timing };
    await writeRunHeader(this.#request.runDirectory, this.#header);
    this.#world.emit({
      type: 'run-finished',
      atMs: Date.now(),
      status,
      statusReason,
      directory: this.#request.runDirectory,
      trials: this.#trials.length,
      invalidTrials: this.#trials.filter((trial) => !trial.valid).length,
      totalMs: timing.totalMs,
      loadMs: timing.loadMs,
    });
    return this.#header;
  }

  #timing(): RunHeader['timing'] {
    const before = this.#resumedFrom?.timing ?? null;
    const loadMs = this.#trials.reduce((sum, trial) => sum + (trial.load?.durationMs ?? 0), 0);
    return {
      totalMs: (before?.totalMs ?? 0) + performance.now() - this.#startedMs,
      loadMs,
      setUpMs: (before?.setUpMs ?? 0) + this.#setUpMs,
    };
  }

  #plan() {
    const { scenario, modes, arrangement } = this.#request;
    return expandPlan(scenario, modes, arrangement.standing);
  }

  #announce(tornBytes: number): void {
    const request = this.#request;
    const { scenario } = request;
    this.#world.emit({
      type: 'run-started',
      atMs: Date.now(),
      schemaVersion: 1,
      runId: request.runId,
      directory: request.runDirectory,
      scenario: scenario.name,
      seed: scenario.seed,
      testbed: request.testbed,
      testbedReason: request.testbedReason,
      sizesServices: scenario.sizesServices,
      modeIds: request.modes.map((mode) => mode.id),
      policyIds: scenario.load.policies.map(policyId),
      refusedModes: request.refusedModes,
      minRounds: scenario.stop.minRounds,
      maxRounds: scenario.stop.maxRounds,
      budgetMs: scenario.stop.budgetMs,
      halfWidthUs: scenario.stop.halfWidthUs,
      resumedTrials: this.#known.length,
    });
    const { reason: standingReason } = request.arrangement;
    const conditions = [...(standingReason === null ? [] : [standingReason]), ...(request.machineWarnings ?? [])];
    for (const condition of conditions) this.#world.emit({ type: 'warning', atMs: Date.now(), reason: condition });
    if (tornBytes === 0) return;
    const reason = {
      code: 'torn-line',
      message: `the journal's last line was torn (${tornBytes} bytes) and has been cut off; its trial is measured again`,
      remedy: 'nothing',
    };
    this.#world.emit({ type: 'warning', atMs: Date.now(), reason });
  }

  async #openTestbed(): Promise<Testbed> {
    const request = this.#request;
    const step = (state: 'started' | 'done' | 'failed', detail: string) =>
      this.#world.emit({ type: 'step', atMs: Date.now(), name: 'testbed', state, detail });
    step('started', `opening ${request.testbed}`);
    try {
      const testbed = await this.#world.kind.open(
        {
          scenario: request.scenario,
          modes: request.modes,
          standing: request.arrangement.standing,
          kubeProxies: request.kubeProxies,
          logsDirectory: request.logsDirectory,
          temporaryDirectory: request.temporaryDirectory,
          keep: request.keep,
          guest: request.guest,
          onProgress: ({ step: name, detail, modeId }) =>
            this.#world.emit({
              type: 'block-step',
              atMs: Date.now(),
              sizeServices: this.#sizeServices,
              modeId,
              step: name,
              detail,
            }),
        },
        this.#world.signal,
      );
      step('done', `${request.testbed} is open`);
      return testbed;
    } catch (error) {
      step('failed', firstLine(error));
      throw error;
    }
  }

  /** A run that was broken off goes on with the time it had left; one that had spent its time gets it once more. */
  get #earlierMs(): number {
    return this.#resumedFrom === null || this.#resumedFrom.status === 'budget-spent'
      ? 0
      : this.#resumedFrom.timing.totalMs;
  }

  #requireSamePlace({ environment }: Testbed): void {
    const { runDirectory: directory, modes } = this.#request;
    if (this.#resumedFrom !== null) requireSamePlace(this.#resumedFrom, { directory, modes, environment });
  }

  #sizeServices = 0;
  #earlierRateRps: number | null = null;

  async #writeFirstHeader(testbed: Testbed): Promise<void> {
    const request = this.#request;
    const { reason } = request.arrangement;
    const { harnessCommitUnknown } = testbed.environment;
    const conditions = [
      ...(testbed.conditions ?? []),
      ...(harnessCommitUnknown === undefined ? [] : [harnessCommitUnknown]),
    ];
    this.#earlierRateRps = this.#header?.usedRateRps ?? request.usedRateRps ?? null;
    this.#header = {
      schemaVersion: 1,
      id: request.runId,
      scenario: request.scenario,
      // A resumed run is taken again by what began it.
      command: this.#header?.command ?? request.command.map(withoutSecrets),
      seed: request.scenario.seed,
      plan: this.#plan(),
      startedAt: this.#header?.startedAt ?? new Date().toISOString(),
      endedAt: null,
      status: 'running',
      statusReason: null,
      environment: testbed.environment,
      capacity: this.#header?.capacity ?? [],
      refusedModes: request.refusedModes,
      warnings: [
        ...(reason === null ? [] : [reason]),
        ...(request.machineWarnings ?? []),
        ...conditions,
        ...testbed.limits,
      ],
      timing: this.#header?.timing ?? { totalMs: 0, loadMs: 0, setUpMs: 0 },
    };
    for (const condition of conditions) this.#world.emit({ type: 'warning', atMs: Date.now(), reason: condition });
    await writeRunHeader(request.runDirectory, this.#header);
    this.#hasBegun = true;
  }

  /** What the machine and the instrument can do, before the first trial; refuses what is too much for them. */
  async #calibrate(testbed: Testbed): Promise<void> {
    const { scenario, modes } = this.#request;
    // A cluster's nodes have tables of their own.
    if (testbed.name !== 'cluster') requireConntrack({ ...scenario, modes: [...modes] }, readConntrackMax());
    if (testbed.calibration === null || this.#header === null) return;
    const capacity: Capacity[] = [];
    for (const policy of scenario.load.policies) capacity.push(await this.#calibratePolicy(testbed, policy));
    this.#header = { ...this.#header, capacity };
    this.#takeRate(testbed, capacity);
    await writeRunHeader(this.#request.runDirectory, this.#header);
  }

  get #isUnderQuota(): boolean {
    return this.#request.machineWarnings?.some(({ code }) => code === CPU_QUOTA) === true;
  }

  async #calibratePolicy(testbed: Testbed, policy: Policy): Promise<Capacity> {
    const { scenario } = this.#request;
    const node = testbed.calibration;
    if (node === null) throw new Error('no calibration node');
    const measured = await measureCapacity({
      scenario,
      node,
      policy,
      cores: testbed.environment.cpu.cores,
      execution: testbed.environment.execution,
    });
    this.#world.emit({ type: 'capacity-measured', atMs: Date.now(), askedRateRps: scenario.load.rateRps, ...measured });
    if (testbed.environment.execution !== 'emulated')
      requireCapacity(scenario, measured, this.#isUnderQuota ? 'quota' : 'cores');
    return measured;
  }

  /** An emulated guest runs at the rate that its capacity allows; a resumed run goes on at the one that it began with. Requested and used rate are both stored. */
  #takeRate(testbed: Testbed, capacity: readonly Capacity[]): void {
    const header = this.#header;
    const { scenario } = this.#request;
    if (header === null || testbed.environment.execution !== 'emulated') return;
    const usedRateRps = this.#earlierRateRps ?? emulatedRateRps(scenario, capacity);
    if (usedRateRps >= scenario.load.rateRps) return;
    this.#request = { ...this.#request, scenario: { ...scenario, load: { ...scenario.load, rateRps: usedRateRps } } };
    requireSamples({ ...scenario.load, rateRps: usedRateRps });
    const reason = loweredRate(scenario.load.rateRps, usedRateRps);
    this.#header = { ...header, usedRateRps, warnings: [...header.warnings, reason] };
    this.#world.emit({ type: 'warning', atMs: Date.now(), reason });
  }

  /** `false` when a size did not stand before the time was up: the run ends there, with the trials that there are, or as an invalid one where there are none. */
  async #measureInTime(testbed: Testbed, block: PlannedBlock, sizesLeft: number): Promise<boolean> {
    try {
      await this.#measureBlock(testbed, block, sizesLeft);
      return true;
    } catch (error) {
      if (!(error instanceof StandUpTimeError) || this.#trials.length === 0) throw error;
      this.status = 'budget-spent';
      this.statusReason = error.message;
      return false;
    }
  }

  async #measureBlock(testbed: Testbed, block: PlannedBlock, sizesLeft: number): Promise<void> {
    this.#sizeServices = block.sizeServices;
    const { scenario } = this.#request;
    const elapsedMs = () => this.#earlierMs + performance.now() - this.#startedMs;
    const runner = new BlockRunner({
      request: this.#request,
      block,
      known: this.#known.filter((trial) => trial.plan.sizeServices === block.sizeServices),
      journal: this.#journal,
      emit: this.#world.emit,
      signal: this.#world.signal,
      elapsedMs,
      deadlineMs: blockDeadlineMs({ elapsedMs: elapsedMs(), budgetMs: scenario.stop.budgetMs, sizesLeft }),
      sizesLeft,
      onTrial: (trial) => this.#trials.push(trial),
    });
    const end = await runner.run(testbed);
    this.#setUpMs += end.setUpMs;
    if (end.because === 'budget-spent') {
      this.status = 'budget-spent';
      this.statusReason = `the time of ${Math.round(scenario.stop.budgetMs / 1000)} s was up at ${block.sizeServices} Services before every interval was as narrow as asked`;
    }
  }
}
