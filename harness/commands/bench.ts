import { basename, join } from 'node:path';
import { foreseeLimits } from '../analysis/limits.ts';
import { BenchError, EXIT, type ExitCode, InvalidRunError, UsageError } from '../errors.ts';
import { launchRun } from '../launch/launch.ts';
import { loadKind } from '../launch/places.ts';
import { modeOf } from '../mode/table.ts';
import type { Guest } from '../model/guest.ts';
import type { KubeProxyBinary } from '../model/kube-proxy-binary.ts';
import type { Mode } from '../model/mode.ts';
import type { Standing } from '../model/plan.ts';
import type { Reason } from '../model/reason.ts';
import type { Run } from '../model/run.ts';
import type { Scenario, TestbedName } from '../model/scenario.ts';
import { type BenchOptions, typedFlags } from '../prepare/bench-options.ts';
import { type ChosenTestbed, chooseTestbed, refuseByBinaries } from '../prepare/choose-place.ts';
import { checkGuestWishes, type GuestWishes, makeGuest, makeGuestKind, requireUrl } from '../prepare/guest.ts';
import { acquireMachineLock } from '../prepare/machine-lock.ts';
import { clearDeadTemporaryDirectories, makeTemporaryDirectory } from '../prepare/temporary-directory.ts';
import { withTools } from '../prepare/with-tools.ts';
import { chooseProgress } from '../progress/start.ts';
import { renderTerminal } from '../report/terminal.ts';
import { readMachineWarnings } from '../run/allowance-warnings.ts';
import type { RunRequest } from '../run/request.ts';
import { writeScenarioJsonSchema } from '../scenario/json-schema.ts';
import { listScenarios, loadScenario } from '../scenario/load.ts';
import { findRunDirectory } from '../store/find.ts';
import { reportCommand, resumeCommand } from '../store/run-words.ts';
import { loadRun, makeRunDirectory, RUNS_DIRECTORY } from '../store/store.ts';
import { DEFAULT_KERNEL_WORD } from '../supply/kernel/kernel-spec.ts';
import { findKubeProxy } from '../supply/kube-proxy/binary.ts';
import { npmCommand } from '../system/shell-words.ts';
import type { CommandWorld } from '../system/world.ts';
import type { Arrangement } from '../testbed/testbed.ts';
import { renderElsewhere, renderRun, writeFiles } from './report.ts';
import { formatShortRunEnd, requireValidTrial } from './run-end.ts';
import { type EndedRun, runSeries } from './series.ts';
import { makeSetup } from './setup-world.ts';
import { terminalColumns } from './terminal-width.ts';

/** Measures a scenario from nothing: prerequisites, kube-proxy, testbed, trials, and the files that show them. */
export async function runBench(options: BenchOptions, world: CommandWorld): Promise<ExitCode> {
  const prepared = await prepare(options);
  if (prepared.scenario.axis.kind === 'none') return (await benchOne(prepared, options, world)).code;
  return runSeries(prepared.scenario, options, world, async (one) => benchOne(await prepare(one), one, world));
}

/** One run, from nothing to its report. */
async function benchOne(prepared: Prepared, options: BenchOptions, world: CommandWorld): Promise<EndedRun> {
  const say = (text: string) => world.streams.stderr.write(`${text}\n`);
  const foreseen = foreseeLimits(prepared.scenario);
  tellLimits(foreseen, say);
  // A comfort of editors: a checkout that this user may not write to is no reason to measure nothing.
  await writeScenarioJsonSchema().catch(() => undefined);
  await clearDeadTemporaryDirectories(world.env);
  const vmKind = makeGuestKind(prepared.kernelWord, { options, world, say });
  const setup = makeSetup(options, world);
  const offered = await chooseTestbed(
    { ...prepared.scenario, testbed: prepared.testbed ?? prepared.scenario.testbed },
    async (name) => withTools(name === 'vm' ? vmKind : await loadKind(name), setup),
    howToSkip(prepared, options, world),
  );
  tellChoice(offered, say);
  const kubeProxies =
    offered.kind.ownKubeProxy === true
      ? {}
      : await findBinaries(prepared.scenario, offered.modes, { options, world, say });
  const chosen = refuseByBinaries(offered, prepared.scenario, kubeProxies, howToSkip(prepared, options, world));
  tellRefused(chosen.refused.slice(offered.refused.length), say);
  const left = foreseeLimits({ ...prepared.scenario, modes: [...chosen.modes] });
  tellLimits(
    left.filter(({ code }) => !foreseen.some((one) => one.code === code)),
    say,
  );
  const arrangement = await arrange(chosen, prepared);
  const isHere = chosen.kind.name === 'netns' || chosen.kind.name === 'vm';
  const machineWarnings = isHere ? readMachineWarnings(prepared.scenario, chosen.modes) : [];
  world.signal.throwIfAborted();
  await using _lock = await acquireMachineLock({ pid: process.pid, run: prepared.scenario.name });
  await using temporary = await makeTemporaryDirectory(world.env);
  const guest =
    chosen.kind.name === 'vm'
      ? await makeGuest(vmKind, {
          scenario: prepared.scenario,
          options: prepared,
          directory: temporary.path,
          world,
          say,
        })
      : undefined;
  requireSameKernel(prepared, guest);
  const place = prepared.resumed ?? (await newDirectory(prepared.scenario, options));
  const request: RunRequest = {
    scenario: prepared.scenario,
    testbed: chosen.kind.name,
    testbedReason: chosen.reason,
    modes: [...chosen.modes],
    refusedModes: chosen.refused.map(({ mode, reason }) => ({ mode, reason })),
    arrangement,
    kubeProxies,
    runId: basename(place),
    runDirectory: place,
    logsDirectory: join(place, 'logs'),
    temporaryDirectory: temporary.path,
    command: [...world.words],
    resume: prepared.resumed !== null,
    progress: chooseProgress({ json: options.json }, world.streams, world.env),
    keep: options.keep,
    ...(machineWarnings.length === 0 ? {} : { machineWarnings: [...machineWarnings] }),
    ...(guest === undefined ? {} : { guest }),
    ...(options.usedRateRps == null ? {} : { usedRateRps: options.usedRateRps }),
  };
  const code = await launchRun(request, world).catch(async (error: unknown) => {
    // What was measured before it ended is shown all the same; the error itself is told behind it.
    if (error instanceof BenchError) await report(place, { code: error.exitCode, options, world });
    throw error;
  });
  const run = await report(place, { code, options, world });
  if (run !== null && code === EXIT.ok) requireValidTrial(run, join(place, 'report.html'));
  return { code, directory: place };
}

/** A run is of one kernel: what another one measured is another run. */
function requireSameKernel({ kernelRelease }: Prepared, guest: Guest | undefined): void {
  if (kernelRelease === null || guest === undefined || guest.release === kernelRelease) return;
  throw new UsageError(
    `the run was begun on kernel ${kernelRelease}, and ${guest.kernelWord} is ${guest.release} by now`,
    'start a new run; or put the older kernel back and name its path with --kernel in a new run',
  );
}

interface Prepared {
  readonly scenario: Scenario;
  readonly resumed: string | null;
  /** Where a resumed run began, and whether its modes stood at once; `null`: as the scenario says. */
  readonly testbed: TestbedName | null;
  readonly standing: Standing | null;
  readonly kernelWord: string;
  readonly guest: GuestWishes;
  /** Of a resumed run in a guest. */
  readonly kernelRelease: string | null;
}

async function prepare(options: BenchOptions): Promise<Prepared> {
  checkGuestWishes(options.guest);
  if (options.releaseBase !== null) requireUrl('--release-base', options.releaseBase);
  if (options.resume !== null) return prepareResume(options.resume, options);
  if (options.scenario !== null && options.scenario.trim() !== '')
    return {
      scenario: await loadScenario(options.scenario, options.overrides, typedFlags(options)),
      guest: options.guest,
      testbed: null,
      standing: null,
      resumed: null,
      kernelWord: options.guest.kernel ?? DEFAULT_KERNEL_WORD,
      kernelRelease: null,
    };
  const names = await listScenarios();
  throw new UsageError(
    'which scenario?',
    `npm run bench -- --scenario ${names[0] ?? 'smoke'}\n    there are: ${names.join(', ')}`,
  );
}

/** A resumed run is the same scenario on: nothing of it may be changed. */
async function prepareResume(word: string, options: BenchOptions): Promise<Prepared> {
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
  // A run is of one place: it goes on where it began, whatever `auto` would say today.
  const { testbed, guest, kernel } = header.environment;
  return {
    scenario: header.scenario,
    testbed,
    standing: header.plan.standing,
    resumed: directory,
    kernelWord: guest?.kernelWord ?? DEFAULT_KERNEL_WORD,
    // The guest that it began in, whatever its size was.
    guest: {
      kernel: null,
      cpus: guest === undefined ? null : String(guest.cpus),
      memory: guest === undefined ? null : `${guest.memoryMib}M`,
      archive: options.guest.archive,
    },
    kernelRelease: guest === undefined ? null : kernel.release,
  };
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

/** A mode that was asked for by its name is left out only when that is said too: what is typed is measured, or nothing is. */
function howToSkip({ resumed }: Prepared, { overrides }: BenchOptions, { words }: CommandWorld): string {
  if (resumed !== null) return 'mend that: a run goes on with all of its modes';
  const isNamed = overrides.some(({ flag }) => flag === '--modes');
  const why = isNamed ? 'what --modes names must run: name others, or let these be left out' : 'let them be left out';
  return `${why}:\n    ${npmCommand([...words, '--if-unsupported', 'skip'])}`;
}

interface Speaking {
  readonly world: CommandWorld;
  readonly say: (text: string) => void;
}

async function arrange({ kind, modes }: ChosenTestbed, { scenario, standing }: Prepared): Promise<Arrangement> {
  return (await kind.arrange?.(modes, scenario, standing)) ?? { standing: 'side-by-side', reason: null };
}

/** What a run like this cannot say, before it takes anybody's time. */
function tellLimits(limits: readonly Reason[], say: (text: string) => void): void {
  for (const { message, remedy } of limits) say(`note: ${message}: ${remedy}`);
}

function tellChoice(chosen: ChosenTestbed, say: (text: string) => void): void {
  if (chosen.reason !== null) say(`testbed ${chosen.reason}`);
  tellRefused(chosen.refused, say);
}

function tellRefused(refused: ChosenTestbed['refused'], say: (text: string) => void): void {
  for (const { mode, reason } of refused) say(`left out: ${mode.id}: ${reason.message}\n  ${reason.remedy}`);
}

/** Every kube-proxy that the modes name, by the word they name it with. Outside the laboratory, because there is a network here. */
async function findBinaries(
  scenario: Scenario,
  modes: readonly Mode[],
  { options, world, say }: Speaking & { readonly options: BenchOptions },
): Promise<Record<string, KubeProxyBinary>> {
  const routed = modes.filter((mode) => modeOf(mode).proxyWord !== null);
  const words = [...new Set(routed.map((mode) => mode.proxyVersion ?? scenario.proxy.version))];
  const binaries: Record<string, KubeProxyBinary> = {};
  for (const word of words) {
    const { path, version, sha256 } = await findKubeProxy(word, {
      exec: world.exec,
      env: world.env,
      ...(options.releaseBase === null ? {} : { releaseBase: options.releaseBase }),
      onProgress: say,
      signal: world.signal,
    });
    binaries[word] = { path, version, sha256 };
  }
  return binaries;
}

async function newDirectory(scenario: Scenario, options: BenchOptions): Promise<string> {
  const made = await makeRunDirectory({
    runsDirectory: options.runsDirectory ?? RUNS_DIRECTORY,
    scenarioName: scenario.name,
    startedAt: new Date(),
  });
  return made.path;
}

/** Shows what there is, also of a run that ended early, as long as anything was measured. */
async function report(
  directory: string,
  parts: { code: ExitCode; options: BenchOptions; world: CommandWorld },
): Promise<Run | null> {
  const { code, options, world } = parts;
  // Words that were refused measured nothing, and to go on with the same words would not either.
  if (code === EXIT.internal || code === EXIT.usage) return null;
  const run = await loadRun(directory).catch((error: unknown) => {
    if (error instanceof UsageError || error instanceof InvalidRunError) return null;
    throw error;
  });
  if (run === null || run.trials.length === 0) return run;
  const { files, findings } = await renderRun(run);
  await writeFiles(files, directory).catch((error: unknown) => {
    throw renderElsewhere(error, directory);
  });
  if (!options.json) world.streams.stdout.write(`\n${renderTerminal(findings, terminalColumns(world))}\n`);
  world.streams.stderr.write(
    `\nreport: ${join(directory, 'report.html')}\nsummary: ${join(directory, 'summary.md')}\n`,
  );
  if (code !== EXIT.ok && run.header.status !== 'complete')
    world.streams.stderr.write(`go on with it: ${resumeCommand(directory)}\n`);
  const end = code === EXIT.ok ? formatShortRunEnd(run.header, findings) : null;
  if (end !== null) world.streams.stderr.write(`${end}\n`);
  return run;
}
