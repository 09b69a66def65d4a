import { basename, join } from 'node:path';
import { foreseeLimits } from '../analysis/limits.ts';
import { PLACES } from '../launch/places.ts';
import type { RefusedMode } from '../launch/refuse-or-skip.ts';
import type { Guest } from '../model/guest.ts';
import type { Reason } from '../model/reason.ts';
import { chooseProgress } from '../progress/start.ts';
import { readMachineWarnings } from '../run/allowance-warnings.ts';
import type { RunRequest } from '../run/request.ts';
import { writeScenarioJsonSchema } from '../scenario/json-schema.ts';
import { makeRunDirectory, RUNS_DIRECTORY } from '../store/store.ts';
import type { SetupWorld } from '../supply/packages/ensure.ts';
import type { CommandWorld } from '../system/world.ts';
import type { Arrangement } from '../testbed/testbed.ts';
import { askPlace } from './ask-place.ts';
import type { BenchOptions } from './bench-options.ts';
import { type ChosenPlace, choosePlace, refuseByBinaries } from './choose-place.ts';
import { describeGuest } from './guest.ts';
import { findKubeProxies, type KubeProxies } from './kube-proxies.ts';
import { acquireMachineLock } from './machine-lock.ts';
import { requireSameKernel, type ScenarioOfRun } from './scenario-of-run.ts';
import { makeStepContext, type StepContext } from './step-context.ts';
import { clearDeadTemporaryDirectories, makeTemporaryDirectory } from './temporary-directory.ts';

/** A run that can be launched. Disposing lets the machine go and removes the temporary directory. */
export interface PreparedRun extends AsyncDisposable {
  readonly request: RunRequest;
}

/** From a scenario and the options of `bench` to a request: a list of steps, each of which takes what those before it found. What they acquire goes with the run. */
export async function prepareRun(
  wanted: ScenarioOfRun,
  options: BenchOptions,
  worlds: { readonly world: CommandWorld; readonly setup: SetupWorld },
): Promise<PreparedRun> {
  const context = makeStepContext(wanted, options, worlds);
  await using stack = new AsyncDisposableStack();
  tellLimits(context, []);
  await tidyUp(context);
  const offered = await offerPlace(context);
  const kubeProxies = await bringKubeProxies(offered, context, options.releaseBase);
  const chosen = leaveOutByVersion(offered, context, kubeProxies);
  const arrangement = await arrangeModes(chosen, context);
  const machineWarnings = lookAtAllowance(chosen, context);
  context.world.signal.throwIfAborted();
  stack.use(await acquireMachineLock({ pid: process.pid, run: wanted.scenario.name }));
  const temporary = stack.use(await makeTemporaryDirectory(context.world.env));
  const guest = await makeGuest(chosen, context, temporary.path);
  const runDirectory = wanted.resumed?.directory ?? (await makeDirectoryOfRun(context, options.runsDirectory));
  const found = { chosen, kubeProxies, arrangement, machineWarnings, guest };
  const request = makeRequest(context, found, { ...options, runDirectory, temporaryDirectory: temporary.path });
  const owned = stack.move();
  return { request, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What a run like this cannot say, before it takes anybody's time; `told` is not told again. */
function tellLimits({ scenario, say }: Pick<StepContext, 'scenario' | 'say'>, told: readonly Reason[]): void {
  const untold = foreseeLimits(scenario).filter(({ code }) => !told.some((one) => one.code === code));
  for (const { message, remedy } of untold) say(`note: ${message}: ${remedy}`);
}

async function tidyUp({ world }: StepContext): Promise<void> {
  // A comfort of editors: a checkout that this user may not write to is no reason to measure nothing.
  await writeScenarioJsonSchema().catch(() => undefined);
  await clearDeadTemporaryDirectories(world.env);
}

/** Where the run will stand, and which of the modes this place runs. */
async function offerPlace({ scenario, resumed, guestWish, setup, howToSkip, say }: StepContext): Promise<ChosenPlace> {
  const offered = await choosePlace(
    { ...scenario, testbed: resumed?.testbed ?? scenario.testbed },
    { ask: (name) => askPlace(PLACES[name], { scenario, guest: guestWish }, setup), howToSkip },
  );
  if (offered.reason !== null) say(`testbed ${offered.reason}`);
  tellRefused(offered.refused, say);
  return offered;
}

function tellRefused(refused: readonly RefusedMode[], say: StepContext['say']): void {
  for (const { mode, reason } of refused) say(`left out: ${mode.id}: ${reason.message}\n  ${reason.remedy}`);
}

async function bringKubeProxies(
  { name, modes }: ChosenPlace,
  { world, say }: StepContext,
  releaseBase: string | null,
): Promise<KubeProxies> {
  if (PLACES[name].bringsKubeProxy) return {};
  return findKubeProxies(modes, { releaseBase, world, say });
}

/** A kube-proxy out of a file says only now which version it is. */
function leaveOutByVersion(offered: ChosenPlace, context: StepContext, binaries: KubeProxies): ChosenPlace {
  const { scenario, howToSkip, say } = context;
  const chosen = refuseByBinaries(offered, scenario, { binaries, howToSkip });
  tellRefused(chosen.refused.slice(offered.refused.length), say);
  tellLimits({ scenario: { ...scenario, modes: [...chosen.modes] }, say }, foreseeLimits(scenario));
  return chosen;
}

function arrangeModes({ name, modes }: ChosenPlace, { scenario, resumed }: StepContext): Promise<Arrangement> {
  return PLACES[name].arrange(modes, scenario, resumed?.standing ?? null);
}

function lookAtAllowance({ name, modes }: ChosenPlace, { scenario }: StepContext): readonly Reason[] {
  return PLACES[name].isHere ? readMachineWarnings(scenario, modes) : [];
}

async function makeGuest({ name }: ChosenPlace, context: StepContext, directory: string): Promise<Guest | null> {
  const { scenario, resumed, guestWish, world, say } = context;
  const { exec, env } = world;
  const guest = await PLACES[name].makeGuest({ scenario, wish: guestWish, directory, exec, env });
  if (guest !== null) say(describeGuest(guest));
  requireSameKernel(resumed, guest);
  return guest;
}

async function makeDirectoryOfRun({ scenario }: StepContext, runsDirectory: string | null): Promise<string> {
  const made = await makeRunDirectory({
    runsDirectory: runsDirectory ?? RUNS_DIRECTORY,
    scenarioName: scenario.name,
    startedAt: new Date(),
  });
  return made.path;
}

interface Found {
  readonly chosen: ChosenPlace;
  readonly kubeProxies: KubeProxies;
  readonly arrangement: Arrangement;
  readonly machineWarnings: readonly Reason[];
  readonly guest: Guest | null;
}

type Asked = Pick<BenchOptions, 'json' | 'keep' | 'usedRateRps'> &
  Pick<RunRequest, 'runDirectory' | 'temporaryDirectory'>;

function makeRequest({ scenario, resumed, world }: StepContext, found: Found, asked: Asked): RunRequest {
  const { chosen, machineWarnings, guest } = found;
  return {
    scenario,
    testbed: chosen.name,
    testbedReason: chosen.reason,
    modes: [...chosen.modes],
    refusedModes: chosen.refused.map(({ mode, reason }) => ({ mode, reason })),
    arrangement: found.arrangement,
    kubeProxies: { ...found.kubeProxies },
    runId: basename(asked.runDirectory),
    runDirectory: asked.runDirectory,
    logsDirectory: join(asked.runDirectory, 'logs'),
    temporaryDirectory: asked.temporaryDirectory,
    command: [...world.words],
    resume: resumed !== null,
    progress: chooseProgress({ json: asked.json }, world.streams, world.env),
    keep: asked.keep,
    ...(machineWarnings.length === 0 ? {} : { machineWarnings: [...machineWarnings] }),
    ...(guest === null ? {} : { guest }),
    ...(asked.usedRateRps == null ? {} : { usedRateRps: asked.usedRateRps }),
  };
}
