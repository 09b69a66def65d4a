import { UsageError } from '../errors.ts';
import type { Guest } from '../model/guest.ts';
import type { Standing } from '../model/plan.ts';
import type { RunHeader } from '../model/run.ts';
import type { Scenario, TestbedName } from '../model/scenario.ts';
import { listScenarios, loadScenario } from '../scenario/load.ts';
import { withProxyVersion } from '../scenario/resolve.ts';
import { findRunDirectory } from '../store/find.ts';
import { reportCommand, resumeCommand } from '../store/run-words.ts';
import { loadRun, RUNS_DIRECTORY } from '../store/store.ts';
import { type BenchOptions, typedFlags } from './bench-options.ts';
import { type GuestWords, parseGuestWords, requireUrl, type WantedGuest } from './guest.ts';

/** What is to be measured, and what of it a run that goes on has settled already. */
export interface ScenarioOfRun {
  readonly scenario: Scenario;
  readonly guest: WantedGuest;
  /** The run to go on with; `null`: a new one. */
  readonly resumed: ResumedRun | null;
}

interface ResumedRun {
  readonly directory: string;
  /** A run is of one place: it goes on where it began, whatever `auto` would say today. */
  readonly testbed: TestbedName;
  /** Whether its modes were there at once. */
  readonly standing: Standing;
  /** Of a run in a guest. */
  readonly kernelRelease: string | null;
}

/** The first step: the scenario by its name or file with the flags' values over it, or that of a run to go on with. */
export async function findScenario(options: BenchOptions): Promise<ScenarioOfRun> {
  const guest = parseGuestWords(options.guest);
  if (options.releaseBase !== null) requireUrl('--release-base', options.releaseBase);
  if (options.resume !== null) return findResumed(options.resume, options);
  if (options.scenario !== null && options.scenario.trim() !== '') {
    const scenario = await loadScenario(options.scenario, options.overrides, typedFlags(options));
    return { scenario, guest, resumed: null };
  }
  const names = await listScenarios();
  throw new UsageError(
    'which scenario?',
    `npm run bench -- --scenario ${names[0] ?? 'smoke'}\n    there are: ${names.join(', ')}`,
  );
}

/** A resumed run is the same scenario on: nothing of it may be changed. */
async function findResumed(word: string, options: BenchOptions): Promise<ScenarioOfRun> {
  const directory = await findRunDirectory(word, options.runsDirectory ?? RUNS_DIRECTORY);
  if (options.overrides.length > 0 || options.scenario !== null) {
    throw new UsageError(
      '--resume goes on with a run as it was begun: no scenario and no overrides beside it',
      resumeCommand(directory),
    );
  }
  requireNothingNew(directory, typedFlags(options));
  const { header } = await loadRun(directory);
  if (header.status === 'complete') throw new UsageError(`${header.id} is complete`, reportCommand(directory));
  const { testbed, guest, kernel } = header.environment;
  return {
    scenario: withProxyVersions(header.scenario),
    guest: parseGuestWords(wordsOf(guest, options.guest.archive)),
    resumed: {
      directory,
      testbed,
      standing: header.plan.standing,
      kernelRelease: guest === undefined ? null : kernel.release,
    },
  };
}

/** A run from before a mode said which kube-proxy it takes meant the scenario's. */
function withProxyVersions(scenario: Scenario): Scenario {
  return { ...scenario, modes: scenario.modes.map((mode) => withProxyVersion(mode, scenario.proxy.version)) };
}

/** The guest that a run began in, whatever its size was. */
function wordsOf(guest: RunHeader['environment']['guest'], archive: string | null): GuestWords {
  if (guest === undefined) return { kernel: null, cpus: null, memory: null, archive };
  return { kernel: guest.kernelWord, cpus: String(guest.cpus), memory: `${guest.memoryMib}M`, archive };
}

/** Flags that would change where or in what a run goes on. */
function requireNothingNew(directory: string, flags: readonly string[]): void {
  const changing = flags.filter((flag) => flag === '--kernel' || flag === '--vcpus' || flag === '--memory');
  if (changing.length === 0) return;
  throw new UsageError(
    `--resume goes on with a run as it was begun, in the guest that it has: ${changing.join(', ')} would change that`,
    resumeCommand(directory),
  );
}

/** A run is of one kernel: what another one measured is another run. */
export function requireSameKernel(resumed: ResumedRun | null, guest: Guest | null): void {
  const kernelRelease = resumed?.kernelRelease ?? null;
  if (kernelRelease === null || guest === null || guest.release === kernelRelease) return;
  throw new UsageError(
    `the run was begun on kernel ${kernelRelease}, and ${guest.kernelWord} is ${guest.release} by now`,
    'start a new run; or put the older kernel back and name its path with --kernel in a new run',
  );
}
