import { EnvironmentError, InvalidRunError } from '../errors.ts';
import { findPolicy, makeLoadSpec } from '../experiment/load/spec.ts';
import type { LoadMessage, LoadSpec } from '../model/load.ts';
import type { PlannedTrial, Standing } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { BlockNode } from '../model/target.ts';
import type { Trial } from '../model/trial.ts';
import { standUpTimeMs } from '../plan/budget.ts';
import type { Journal } from '../store/journal.ts';
import { resumeCommand } from '../store/run-words.ts';
import { patientMs } from '../system/patience.ts';
import type { MeasuredNode } from '../testbed/node.ts';
import { KILLED_FOR_MEMORY, type Testbed } from '../testbed/testbed.ts';
import { BlockProgress, type BlockProgressOptions } from './block-progress.ts';
import type { SizeEnd, UnitToMeasure } from './next-unit.ts';
import { runTrial } from './perform/load.ts';
import { performOnce } from './perform/once.ts';
import { requireSameNode } from './same-place.ts';
import { standUpInTime } from './stand-up-time.ts';
import type { Tell } from './tell.ts';

/** Between trials a node needs to settle only when something happened to it. */
const SETTLE_DEADLINE_MS = 60_000;
/** So many trials in a row that lost their client or capture mean that the laboratory is broken. */
const MAX_LOST_IN_A_ROW = 3;

export interface BlockOptions extends BlockProgressOptions {
  readonly testbed: Testbed;
  readonly standing: Standing;
  /** What a resumed run goes on with. */
  readonly stored: Run | null;
  readonly usedRateRps: number;
  readonly journal: Journal;
  readonly tell: Tell;
  readonly signal: AbortSignal;
  readonly onTrial: (trial: Trial) => void;
}

/** All rounds of one size: asks for the next unit, measures it, and so on until the stop rule or the time ends it. */
export class BlockRunner {
  readonly #options: BlockOptions;
  readonly #progress: BlockProgress;
  readonly #recorded = new WeakSet<MeasuredNode>();
  #lostInARow = 0;
  #setUpMs = 0;

  constructor(options: BlockOptions) {
    this.#options = options;
    const { sizeServices } = options.block;
    const known = options.stored?.trials.filter(({ plan }) => plan.sizeServices === sizeServices) ?? [];
    this.#progress = new BlockProgress(options, known);
  }

  get setUpMs(): number {
    return this.#setUpMs;
  }

  async run(): Promise<SizeEnd> {
    const { block, standing, tell } = this.#options;
    let next = this.#progress.next();
    if (next.kind === 'unit') {
      tell.sizeStarted(block.sizeServices, this.#modeIds);
      if (standing === 'side-by-side') await this.#standUpAll();
      this.#progress.startRound();
    }
    while (next.kind === 'unit') {
      await this.#measure(next);
      next = this.#progress.next();
    }
    tell.sizeFinished(block.sizeServices, next);
    return next;
  }

  get #modeIds(): string[] {
    return this.#options.request.modes.map((mode) => mode.id);
  }

  async #standUpAll(): Promise<void> {
    const { block, request, elapsedMs, signal } = this.#options;
    await this.#recordNew(() =>
      standUpInTime(async (inTime) => await this.#askForNodes(this.#modeIds, inTime), {
        what: block.sizeServices === 1 ? '1 Service' : `${block.sizeServices} Services`,
        timeMs: standUpTimeMs({ elapsedMs: elapsedMs(), budgetMs: request.scenario.stop.budgetMs }),
        signal,
      }),
    );
  }

  async #askForNodes(modeIds: readonly string[], signal: AbortSignal): Promise<readonly MeasuredNode[]> {
    const { testbed, block } = this.#options;
    const nodes: MeasuredNode[] = [];
    for (const modeId of modeIds) nodes.push(await testbed.node(block.sizeServices, modeId, signal));
    return nodes;
  }

  /** What is asked once of a node is asked before its first trial. A node stands anew after a resume, or in every round where modes stand one at a time: its line comes again. */
  async #recordNew(ask: () => Promise<readonly MeasuredNode[]>): Promise<readonly MeasuredNode[]> {
    const { request, stored, block, elapsedMs, journal, tell } = this.#options;
    const startedMs = elapsedMs();
    const nodes = await ask();
    const fresh: BlockNode[] = [];
    for (const node of nodes.filter((one) => !this.#recorded.has(one))) {
      this.#recorded.add(node);
      const record = await performOnce(node, request.scenario);
      if (stored !== null) requireSameNode({ ...stored, directory: request.runDirectory }, record);
      fresh.push(record);
      await journal.append(record);
      tell.proxyErrors(node.mode.id, record.proxyErrors ?? []);
    }
    if (fresh.length === 0) return nodes;
    const durationMs = elapsedMs() - startedMs;
    this.#setUpMs += durationMs;
    tell.settled(block.sizeServices, fresh, durationMs);
    return nodes;
  }

  async #measure(next: UnitToMeasure): Promise<void> {
    const { journal, signal, tell, onTrial } = this.#options;
    const { unit } = next;
    signal.throwIfAborted();
    const trial = await this.#perform(next);
    // Ctrl-C in mid trial ends its client: what is left is no trial.
    signal.throwIfAborted();
    await journal.append(trial);
    onTrial(trial);
    const isRoundWhole = this.#progress.keep(trial);
    tell.unitFinished(trial);
    tell.proxyErrors(unit.modeId, trial.proxyErrors ?? []);
    this.#requireLaboratory(trial);
    if (!isRoundWhole) return;
    tell.roundFinished(this.#progress.describeRound(unit.round));
    tell.timeLeft(this.#progress.expectTimeLeft(this.#setUpMs));
  }

  async #perform(next: UnitToMeasure): Promise<Trial> {
    const { request, signal, tell, testbed } = this.#options;
    const { scenario } = request;
    const { unit } = next;
    const [node] = await this.#recordNew(() => this.#askForNodes([unit.modeId], signal));
    if (node === undefined) throw new Error(`no node runs ${unit.modeId}`);
    tell.unitStarted(next, scenario.load);
    tell.phase(unit, 'settle');
    return await runTrial({
      planned: unit,
      node,
      spec: this.#makeSpec(unit, node),
      captureWire: scenario.measure.wire,
      settleDeadlineMs: patientMs(SETTLE_DEADLINE_MS),
      onMessage: (message) => tellPhase(tell, unit, message),
      failures: () => testbed.failures(),
    });
  }

  #makeSpec(unit: PlannedTrial, { loadTargets, page }: MeasuredNode): LoadSpec {
    const { request, usedRateRps } = this.#options;
    const { scenario } = request;
    const policy = findPolicy(scenario, unit.policyId);
    const spec = makeLoadSpec({ scenario, policy, targets: loadTargets, page, seed: scenario.seed + unit.index });
    return { ...spec, rateRps: usedRateRps };
  }

  /** A process that ended by itself, or three losses in a row: the trials so far are kept, the run ends with exit 4 (3 where it was killed for memory). */
  #requireLaboratory(trial: Trial): void {
    const { runDirectory, logsDirectory } = this.#options.request;
    const [failure] = this.#options.testbed.failures();
    if (failure !== undefined) {
      const Failed = failure.code === KILLED_FOR_MEMORY ? EnvironmentError : InvalidRunError;
      throw new Failed(failure.message, `${failure.remedy}; then: ${resumeCommand(runDirectory)}`);
    }
    this.#lostInARow = trial.load === null ? this.#lostInARow + 1 : 0;
    if (this.#lostInARow < MAX_LOST_IN_A_ROW) return;
    const [reason] = trial.invalid;
    throw new InvalidRunError(
      `${MAX_LOST_IN_A_ROW} trials in a row were lost: ${reason?.message ?? ''}`,
      `read the logs in ${logsDirectory}, then: ${resumeCommand(runDirectory)}`,
    );
  }
}

function tellPhase(tell: Tell, unit: PlannedTrial, message: LoadMessage): void {
  if (message.type === 'phase') tell.phase(unit, message.phase === 'done' ? 'read-out' : message.phase);
}
