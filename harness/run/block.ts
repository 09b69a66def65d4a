import { shouldStop } from '../analysis/stop.ts';
import { EnvironmentError, InvalidRunError } from '../errors.ts';
import { findPolicy, makeLoadSpec } from '../experiment/load/spec.ts';
import { mergeHistograms, quantileUs } from '../model/histogram.ts';
import type { LoadMessage } from '../model/load.ts';
import type { PlannedBlock, PlannedRound, PlannedTrial } from '../model/plan.ts';
import type { ProxyErrors } from '../model/proxy-errors.ts';
import { holdsQuantile } from '../model/quantile.ts';
import type { RunEventOf, RunListener, TrialNumbers } from '../model/run-event.ts';
import type { Trial } from '../model/trial.ts';
import { expectRounds, expectTimeLeftMs, fitsAnotherRound, standUpTimeMs } from '../plan/budget.ts';
import type { Journal } from '../store/journal.ts';
import { resumeCommand } from '../store/run-words.ts';
import { patientMs } from '../system/patience.ts';
import { type Block, KILLED_FOR_MEMORY, type MeasuredNode, type Testbed } from '../testbed/testbed.ts';
import { runTrial } from './perform/load.ts';
import type { RunRequest } from './request.ts';
import { RunningDifferences, trialMedianUs } from './running-differences.ts';
import { standUpInTime } from './stand-up-time.ts';

/** Between trials a node needs to settle only when something happened to it. */
const SETTLE_DEADLINE_MS = 60_000;
/** So many trials in a row that lost their client or capture mean that the laboratory is broken. */
const MAX_LOST_IN_A_ROW = 3;

export interface BlockRunnerOptions {
  readonly request: RunRequest;
  readonly block: PlannedBlock;
  /** Trials of this size that a resumed run brings along. */
  readonly known: readonly Trial[];
  readonly journal: Journal;
  readonly emit: RunListener;
  readonly signal: AbortSignal;
  /** Since the run began, ms. */
  readonly elapsedMs: () => number;
  readonly deadlineMs: number;
  readonly sizesLeft: number;
  readonly onTrial: (trial: Trial) => void;
}

export interface BlockEnd {
  readonly because: RunEventOf<'block-finished'>['because'];
  readonly rounds: number;
  readonly widestUs: number | null;
  readonly setUpMs: number;
}

/** All rounds of one size: stands the nodes up, takes rounds until the stop rule or the time says so, takes the nodes down. */
export class BlockRunner {
  readonly #options: BlockRunnerOptions;
  readonly #differences: RunningDifferences;
  readonly #done = new Map<number, Trial>();
  #roundMs: number | null = null;
  #lostInARow = 0;
  #setUpMs = 0;
  readonly #recorded = new WeakSet<MeasuredNode>();

  constructor(options: BlockRunnerOptions) {
    this.#options = options;
    this.#differences = new RunningDifferences(options.request.scenario, options.request.modes);
    for (const trial of options.known) this.#keep(trial);
  }

  async run(testbed: Testbed): Promise<BlockEnd> {
    const already = this.#decide(this.#wholeRounds());
    if (already !== null && this.#options.known.length > 0) return this.#end(already);
    await using block = await this.#standUp(testbed);
    for (const node of block.nodes) await this.#recordNode(node);
    let end = already;
    while (end === null) {
      const round = this.#options.block.rounds[this.#wholeRounds()];
      if (round === undefined) throw new Error('the plan has no further round');
      await this.#runRound(block, round);
      end = this.#decide(this.#wholeRounds());
    }
    return this.#end(end);
  }

  async #standUp(testbed: Testbed): Promise<Block> {
    const { block, request, emit, signal } = this.#options;
    const started = performance.now();
    emit({
      type: 'block-started',
      atMs: Date.now(),
      sizeServices: block.sizeServices,
      modeIds: request.modes.map((mode) => mode.id),
    });
    const standing = await standUpInTime((inTime) => testbed.standUp(block.sizeServices, inTime), {
      what: block.sizeServices === 1 ? '1 Service' : `${block.sizeServices} Services`,
      timeMs: standUpTimeMs({ elapsedMs: this.#options.elapsedMs(), budgetMs: request.scenario.stop.budgetMs }),
      signal,
    });
    this.#setUpMs = performance.now() - started;
    if (standing.take === undefined) this.#tellSettled(standing.nodes, this.#setUpMs);
    return standing;
  }

  #tellSettled(nodes: readonly MeasuredNode[], durationMs: number): void {
    const { block, emit } = this.#options;
    emit({
      type: 'block-settled',
      atMs: Date.now(),
      sizeServices: block.sizeServices,
      durationMs,
      nodes: nodes.map(({ mode, record }) => ({
        modeId: mode.id,
        settledMs: record.programming.settledMs,
        natRules: record.kernelObjects.natRules,
        nftRules: record.kernelObjects.nftRules,
        ipvsServices: record.kernelObjects.ipvsServices,
      })),
    });
  }

  /** A node stands anew after a resume, or in every round where modes stand one at a time: its line comes again, and readers take the last one of a size and mode. */
  async #recordNode(node: MeasuredNode): Promise<void> {
    this.#recorded.add(node);
    await this.#options.journal.append(node.record);
    this.#tellErrors(node.mode.id, node.record.proxyErrors ?? []);
  }

  /** The node of a mode, as it stands or stood up for this trial and those of its mode that follow in the round. */
  async #takeNode(block: Block, modeId: string): Promise<MeasuredNode> {
    const started = performance.now();
    const node = block.take === undefined ? findNode(block, modeId) : await block.take(modeId);
    if (this.#recorded.has(node)) return node;
    await this.#recordNode(node);
    const durationMs = performance.now() - started;
    this.#setUpMs += durationMs;
    this.#tellSettled([node], durationMs);
    return node;
  }

  async #runRound(block: Block, round: PlannedRound): Promise<void> {
    const started = performance.now();
    for (const [position, planned] of round.trials.entries()) {
      this.#options.signal.throwIfAborted();
      if (this.#done.has(planned.index)) continue;
      await this.#runOne(block, planned, { position, trialsInRound: round.trials.length });
    }
    this.#roundMs = Math.max(this.#roundMs ?? 0, performance.now() - started);
    this.#tellRound(round.round);
  }

  async #runOne(
    block: Block,
    planned: PlannedTrial,
    place: { position: number; trialsInRound: number },
  ): Promise<void> {
    const { request, emit, journal, onTrial } = this.#options;
    const { load } = request.scenario;
    const node = await this.#takeNode(block, planned.modeId);
    emit({
      type: 'trial-started',
      atMs: Date.now(),
      trial: planned,
      ...place,
      warmUpMs: load.warmUpMs,
      idleMs: load.idleMs,
      loadMs: load.durationMs,
    });
    this.#phase(planned, 'settle');
    const trial = await runTrial({
      planned,
      node,
      spec: makeLoadSpec({
        scenario: request.scenario,
        policy: findPolicy(request.scenario, planned.policyId),
        targets: node.loadTargets,
        page: node.page,
        seed: request.scenario.seed + planned.index,
      }),
      captureWire: request.scenario.measure.wire,
      settleDeadlineMs: patientMs(SETTLE_DEADLINE_MS),
      onMessage: (message) => this.#onMessage(planned, message),
      failures: () => block.failures(),
    });
    // Ctrl-C in mid trial ends its client: what is left is no trial.
    this.#options.signal.throwIfAborted();
    await journal.append(trial);
    onTrial(trial);
    this.#keep(trial);
    emit({
      type: 'trial-finished',
      atMs: Date.now(),
      trial: planned,
      durationMs: trial.durationMs,
      valid: trial.valid,
      invalid: trial.invalid,
      warnings: trial.warnings,
      numbers: trialNumbers(trial),
    });
    this.#tellErrors(planned.modeId, trial.proxyErrors ?? []);
    this.#requireLaboratory(block, trial);
  }

  /** At once: who watches may rather mend it than measure on. */
  #tellErrors(modeId: string, errors: readonly ProxyErrors[]): void {
    const [worst] = errors;
    if (worst === undefined) return;
    const count = errors.reduce((sum, one) => sum + one.count, 0);
    const reason = {
      code: 'proxy-errors',
      message: `${modeId}: kube-proxy complained ${count} time${count === 1 ? '' : 's'}, as of: ${worst.example}`,
      remedy: "read kube-proxy's log in the run's logs folder",
    };
    this.#options.emit({ type: 'warning', atMs: Date.now(), reason });
  }

  #onMessage(planned: PlannedTrial, message: LoadMessage): void {
    if (message.type !== 'phase') return;
    this.#phase(planned, message.phase === 'done' ? 'read-out' : message.phase);
  }

  #phase(planned: PlannedTrial, phase: RunEventOf<'trial-phase'>['phase']): void {
    this.#options.emit({ type: 'trial-phase', atMs: Date.now(), trialIndex: planned.index, phase });
  }

  #keep(trial: Trial): void {
    this.#done.set(trial.plan.index, trial);
    this.#differences.add(trial);
  }

  /** A process that ended by itself, or three losses in a row: the trials so far are kept, the run ends with exit 4 (3 where it was killed for memory). */
  #requireLaboratory(block: Block, trial: Trial): void {
    const [failure] = block.failures();
    if (failure !== undefined) {
      const Failed = failure.code === KILLED_FOR_MEMORY ? EnvironmentError : InvalidRunError;
      throw new Failed(
        failure.message,
        `${failure.remedy}; then: ${resumeCommand(this.#options.request.runDirectory)}`,
      );
    }
    this.#lostInARow = trial.load === null ? this.#lostInARow + 1 : 0;
    if (this.#lostInARow < MAX_LOST_IN_A_ROW) return;
    const [reason] = trial.invalid;
    throw new InvalidRunError(
      `${MAX_LOST_IN_A_ROW} trials in a row were lost: ${reason?.message ?? ''}`,
      `read the logs in ${this.#options.request.logsDirectory}, then: ${resumeCommand(this.#options.request.runDirectory)}`,
    );
  }

  #wholeRounds(): number {
    const { rounds } = this.#options.block;
    const first = rounds.findIndex((round) => round.trials.some((planned) => !this.#done.has(planned.index)));
    return first < 0 ? rounds.length : first;
  }

  /** `null` to go on. */
  #decide(rounds: number): { because: BlockEnd['because']; widestUs: number | null } | null {
    const { stop } = this.#options.request.scenario;
    const decision = shouldStop(
      rounds,
      this.#differences.estimates().map(({ estimate }) => estimate),
      stop,
    );
    if (decision.stop) return { because: decision.because, widestUs: decision.widestUs };
    const fits = fitsAnotherRound({
      elapsedMs: this.#options.elapsedMs(),
      deadlineMs: this.#options.deadlineMs,
      rounds,
      minRounds: stop.minRounds,
      roundMs: this.#roundMs,
    });
    return fits ? null : { because: 'budget-spent', widestUs: decision.widestUs };
  }

  #tellRound(round: number): void {
    const { block, request, emit, elapsedMs, sizesLeft } = this.#options;
    const { stop } = request.scenario;
    const estimates = this.#differences.estimates();
    const rounds = this.#wholeRounds();
    const { widestUs } = shouldStop(
      rounds,
      estimates.map(({ estimate }) => estimate),
      stop,
    );
    emit({
      type: 'round-finished',
      atMs: Date.now(),
      sizeServices: block.sizeServices,
      round,
      differences: estimates.map(({ difference }) => difference),
      widestUs,
    });
    const expectedRounds = expectRounds({ rounds, widestUs, ...stop });
    const expectedMs = expectTimeLeftMs({
      elapsedMs: elapsedMs(),
      budgetMs: stop.budgetMs,
      sizesLeft,
      rounds,
      expectedRounds,
      roundMs: this.#roundMs ?? 0,
      setUpMs: this.#setUpMs,
    });
    // The least number of rounds is taken even when the time is up: what is expected is never more than the most.
    const atMostMs = Math.max(expectedMs, stop.budgetMs - elapsedMs());
    emit({ type: 'time-left', atMs: Date.now(), expectedMs, atMostMs });
  }

  #end(end: { because: BlockEnd['because']; widestUs: number | null }): BlockEnd {
    const rounds = this.#wholeRounds();
    this.#options.emit({
      type: 'block-finished',
      atMs: Date.now(),
      sizeServices: this.#options.block.sizeServices,
      rounds,
      because: end.because,
      widestUs: end.widestUs,
    });
    return { ...end, rounds, setUpMs: this.#setUpMs };
  }
}

function findNode({ nodes }: Block, modeId: string): MeasuredNode {
  const node = nodes.find((one) => one.mode.id === modeId);
  if (node === undefined) throw new Error(`no node runs ${modeId}`);
  return node;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function trialNumbers(trial: Trial): TrialNumbers {
  const totals = trial.load === null ? null : mergeHistograms(trial.load.targets.map((target) => target.times.total));
  const overIdle =
    trial.cpuLoad === null || trial.cpuIdle === null ? null : trial.cpuLoad.busyCores - trial.cpuIdle.busyCores;
  return {
    handshakeP50Us: orNull(trialMedianUs(trial, 'handshake')),
    connectP50Us: orNull(trialMedianUs(trial, 'connect')),
    totalP50Us: orNull(trialMedianUs(trial, 'total')),
    totalP99Us: totals === null || !holdsQuantile(totals.totalCount, 0.99) ? null : quantileUs(totals, 0.99),
    cpuCores: overIdle,
    achievedRateRps: trial.load?.achievedRateRps ?? null,
  };
}
