import { policyId } from '../experiment/load/policy.ts';
import type { PlannedTrial } from '../model/plan.ts';
import type { ProxyErrors } from '../model/proxy-errors.ts';
import type { Reason } from '../model/reason.ts';
import type { Capacity, RunHeader } from '../model/run.ts';
import type { RunEvent, RunEventOf, RunListener } from '../model/run-event.ts';
import type { Scenario } from '../model/scenario.ts';
import type { BlockNode } from '../model/target.ts';
import type { Trial } from '../model/trial.ts';
import type { Clock } from '../system/clock.ts';
import type { TestbedProgress } from '../testbed/testbed.ts';
import type { SizeEnd, UnitToMeasure } from './next-unit.ts';
import type { RunRequest } from './request.ts';
import { summarizeTrial } from './trial-numbers.ts';

type Untimed<E> = E extends RunEvent ? Omit<E, 'atMs'> : never;

/** Turns what happens in a run into events. It decides nothing, and nothing is decided by it. */
export class Tell {
  readonly #emit: RunListener;
  readonly #clock: Clock;

  constructor(emit: RunListener, clock: Clock) {
    this.#emit = emit;
    this.#clock = clock;
  }

  runStarted(request: RunRequest, resumedTrials: number): void {
    const { runId, runDirectory, testbed, testbedReason, refusedModes, modes } = request;
    const { name: scenario, seed, sizesServices, load, stop } = request.scenario;
    const { minRounds, maxRounds, budgetMs, halfWidthUs } = stop;
    this.#say({
      type: 'run-started',
      schemaVersion: 1,
      runId,
      directory: runDirectory,
      scenario,
      seed,
      testbed,
      testbedReason,
      sizesServices,
      modeIds: modes.map((mode) => mode.id),
      policyIds: load.policies.map(policyId),
      refusedModes,
      minRounds,
      maxRounds,
      budgetMs,
      halfWidthUs,
      resumedTrials,
    });
  }

  warnings(reasons: readonly Reason[]): void {
    for (const reason of reasons) this.#say({ type: 'warning', reason });
  }

  tornLine(tornBytes: number): void {
    if (tornBytes === 0) return;
    const message = `the journal's last line was torn (${tornBytes} bytes) and has been cut off; its trial is measured again`;
    this.warnings([{ code: 'torn-line', message, remedy: 'nothing' }]);
  }

  testbedStep(state: RunEventOf<'step'>['state'], detail: string): void {
    this.#say({ type: 'step', name: 'testbed', state, detail });
  }

  sizeStep(sizeServices: number, { step, detail, modeId }: Parameters<TestbedProgress>[0]): void {
    this.#say({ type: 'block-step', sizeServices, modeId, step, detail });
  }

  capacity(capacity: Capacity, askedRateRps: number): void {
    this.#say({ type: 'capacity-measured', askedRateRps, ...capacity });
  }

  sizeStarted(sizeServices: number, modeIds: string[]): void {
    this.#say({ type: 'block-started', sizeServices, modeIds });
  }

  settled(sizeServices: number, nodes: readonly BlockNode[], durationMs: number): void {
    this.#say({
      type: 'block-settled',
      sizeServices,
      durationMs,
      nodes: nodes.map(({ modeId, programming, kernelObjects }) => ({
        modeId,
        settledMs: programming.settledMs,
        natRules: kernelObjects.natRules,
        nftRules: kernelObjects.nftRules,
        ipvsServices: kernelObjects.ipvsServices,
      })),
    });
  }

  /** At once: who watches may rather mend it than measure on. */
  proxyErrors(modeId: string, errors: readonly ProxyErrors[]): void {
    const [worst] = errors;
    if (worst === undefined) return;
    const count = errors.reduce((sum, one) => sum + one.count, 0);
    const message = `${modeId}: kube-proxy complained ${count} time${count === 1 ? '' : 's'}, as of: ${worst.example}`;
    this.warnings([{ code: 'proxy-errors', message, remedy: "read kube-proxy's log in the run's logs folder" }]);
  }

  unitStarted({ unit, position, unitsInRound }: UnitToMeasure, load: Scenario['load']): void {
    const { warmUpMs, idleMs, durationMs } = load;
    this.#say({
      type: 'trial-started',
      trial: unit,
      position,
      trialsInRound: unitsInRound,
      warmUpMs,
      idleMs,
      loadMs: durationMs,
    });
  }

  phase({ index }: PlannedTrial, phase: RunEventOf<'trial-phase'>['phase']): void {
    this.#say({ type: 'trial-phase', trialIndex: index, phase });
  }

  unitFinished(trial: Trial): void {
    const { plan, durationMs, valid, invalid, warnings } = trial;
    const numbers = summarizeTrial(trial);
    this.#say({ type: 'trial-finished', trial: plan, durationMs, valid, invalid, warnings, numbers });
  }

  roundFinished(round: Omit<RunEventOf<'round-finished'>, 'atMs' | 'type'>): void {
    this.#say({ type: 'round-finished', ...round });
  }

  timeLeft(left: { readonly expectedMs: number; readonly atMostMs: number }): void {
    this.#say({ type: 'time-left', ...left });
  }

  sizeFinished(sizeServices: number, { rounds, because, widestUs }: SizeEnd): void {
    this.#say({ type: 'block-finished', sizeServices, rounds, because, widestUs });
  }

  runFinished(directory: string, header: RunHeader, trials: readonly Trial[]): void {
    const { status, statusReason, timing } = header;
    this.#say({
      type: 'run-finished',
      status,
      statusReason,
      directory,
      trials: trials.length,
      invalidTrials: trials.filter((trial) => !trial.valid).length,
      totalMs: timing.totalMs,
      loadMs: timing.loadMs,
    });
  }

  #say(event: Untimed<RunEvent>): void {
    this.#emit({ ...event, atMs: this.#clock.wallMs() } as RunEvent);
  }
}
