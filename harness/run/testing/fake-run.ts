import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError } from '../../errors.ts';
import type { Run, RunHeader } from '../../model/run.ts';
import type { RunEvent } from '../../model/run-event.ts';
import type { Scenario } from '../../model/scenario.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { loadRun } from '../../store/store.ts';
import type { RunRequest } from '../request.ts';
import { runScenario } from '../runner.ts';
import { FakeLaboratory } from './fake-testbed.ts';

const TEXT = `
services: [10]
modes: [iptables-nft, nftables]
load: { rate: 100/s, keepalive: [none], warmUp: 200ms, idle: 300ms, duration: 1s }
measure: { wire: false }
`;

/** Length of one trial on the fake laboratory's clock: warm-up, idle baseline and load. */
export const TRIAL_MS = 1500;

/** The scenario of these tests: trials of 1.5 s, two in a round. */
export function makeFakeScenario(stop: Partial<Scenario['stop']> = {}, change: Partial<Scenario> = {}): Scenario {
  const scenario = parseScenario({ name: 'fake', file: 'fake.yaml', text: TEXT });
  return {
    ...scenario,
    stop: { ...scenario.stop, minRounds: 4, maxRounds: 6, budgetMs: 600_000, halfWidthUs: 5, ...stop },
    ...change,
  };
}

/** A run's directory and the laboratory that it is measured in, for as long as a test lasts. */
export class FakeRun implements AsyncDisposable {
  readonly laboratory = new FakeLaboratory();
  readonly events: RunEvent[] = [];
  readonly directory: string;
  readonly #scenario: Scenario;
  /** Called with every event, and with what interrupts the run. */
  onEvent: (event: RunEvent, interrupt: () => void) => void = () => undefined;

  private constructor(directory: string, scenario: Scenario) {
    this.directory = directory;
    this.#scenario = scenario;
  }

  static async make(scenario: Scenario = makeFakeScenario()): Promise<FakeRun> {
    const directory = await mkdtemp(join(tmpdir(), 'fake-run-'));
    await mkdir(join(directory, 'logs'));
    return new FakeRun(directory, scenario);
  }

  /** Measures, or goes on measuring; rejects as `runScenario` does. */
  async measure(change: Partial<RunRequest> = {}): Promise<RunHeader> {
    const interruption = new AbortController();
    return await runScenario(
      { ...this.#makeRequest(), ...change },
      {
        kind: this.laboratory,
        clock: this.laboratory.clock,
        signal: interruption.signal,
        emit: (event) => {
          this.events.push(event);
          this.onEvent(event, () => interruption.abort());
        },
      },
    );
  }

  /** Measures until the load of that trial runs, and is interrupted there. */
  async breakOff(trialIndex: number): Promise<void> {
    this.onEvent = (event, interrupt) => {
      if (event.type === 'trial-phase' && event.trialIndex === trialIndex && event.phase === 'load') interrupt();
    };
    await this.measure().catch((error: unknown) => {
      if (!(error instanceof InterruptedError)) throw error;
    });
    this.onEvent = () => undefined;
  }

  /** What is on the disk. */
  async load(): Promise<Run> {
    return await loadRun(this.directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  #makeRequest(): RunRequest {
    return {
      scenario: this.#scenario,
      testbed: 'netns',
      testbedReason: null,
      modes: this.#scenario.modes,
      refusedModes: [],
      arrangement: { standing: 'side-by-side', reason: null },
      kubeProxies: {},
      runId: '2026-01-02T00-00-00Z-fake',
      runDirectory: this.directory,
      logsDirectory: join(this.directory, 'logs'),
      temporaryDirectory: this.directory,
      command: ['bench', '--scenario', 'fake'],
      resume: false,
      progress: 'plain',
      keep: false,
    };
  }
}
