/**
 * The program. One way through the house:
 *
 *   scenario file ─parse→ Scenario ─expand→ Plan ─run→ Run (journal of Trials) ─analyse→ Findings ─render→ report
 *      scenarios/          pure       pure    the only part that touches the world     pure       pure
 */
import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { parseDirectory } from './commands/directory-option.ts';
import { BenchError, EXIT, type ExitCode, firstError, InterruptedError, UsageError } from './errors.ts';
import { systemExec } from './system/exec.ts';
import { LostOutput } from './system/lost-output.ts';
import { guardStream } from './system/secrets.ts';
import { npmCommand } from './system/shell-words.ts';
import type { CommandWorld } from './system/world.ts';

const EXAMPLES = `
Examples:
  npm run bench -- --scenario smoke                          a minute, shows that everything is in place
  npm run bench -- --scenario 10k                            10,000 Services in every mode that this kernel runs
  npm run bench -- --scenario 1k --modes iptables-legacy,nftables --rate 500/s --budget 5m
  npm run bench -- --resume latest                           go on with a run that was interrupted`;

type Action = (world: CommandWorld) => Promise<ExitCode>;
/** The flags of `bench`; loaded, with the schemas of all settings, only when that command is called. */
type BenchCommandLine = typeof import('./scenario/command-line.ts');

/** Words → the command's exit code. Each command's code is loaded only when it is called, which keeps --help and --version fast. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  const stopping = new AbortController();
  const holds = new Set<object>();
  const world: CommandWorld = {
    streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
    exec: systemExec,
    env: process.env,
    signal: stopping.signal,
    words: argv,
    deferSignals: () => {
      const hold = {};
      holds.add(hold);
      return { [Symbol.dispose]: () => holds.delete(hold) };
    },
  };
  const onSignal = (signal: NodeJS.Signals) => {
    stopping.abort(new InterruptedError());
    // Only a measurement has something to clean up, and says so while it runs. Everything else ends at once and by the signal itself, whatever it does: process.exit() waits for every call to the file system.
    if (holds.size > 0) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  let action: Action | null = null;
  const benchLine = argv.includes('bench') ? await import('./scenario/command-line.ts') : null;
  const program = makeProgram((chosen) => {
    action = chosen;
  }, benchLine);
  try {
    program.parse([...argv], { from: 'user' });
    return action === null ? EXIT.usage : await (action as Action)(world);
  } catch (error) {
    if (error instanceof CommanderError) return explainUsage(error, program);
    return explain(error, { debug: argv.includes('--debug'), interrupted: stopping.signal.aborted });
  }
}

function makeProgram(choose: (action: Action) => void, benchLine: BenchCommandLine | null): Command {
  const program = new Command('service-routing-bench')
    .description(
      'Measures how Kubernetes Services are routed: iptables, IPVS or nftables, at your number of Services, on your kernel.',
    )
    .exitOverride()
    .showSuggestionAfterError()
    .option('--debug', 'show stack traces');
  addBench(program, choose, benchLine);
  addLaboratory(program, choose);
  addGuest(program, choose);
  addKernels(program, choose);
  addDoctor(program, choose);
  addReport(program, choose);
  addReference(program, choose);
  addCompare(program, choose);
  addPublish(program, choose);
  addClean(program, choose);
  addSchema(program, choose);
  addPerf(program, choose);
  for (const command of program.commands)
    command.exitOverride().allowExcessArguments().option('--debug', 'show stack traces');
  program.hook('preAction', (_program, command) => requireKnownWords(command));
  return program;
}

/** Reads the directory that a flag names. */
function placeOf(flag: string): (word: string) => string {
  return (word) => parseDirectory(flag, word);
}

/** Names a word that belongs to no flag, and a flag that stands where another one's value should: "--scenario --rate 5" has no scenario. */
function requireKnownWords(command: Command): void {
  const help = `npm run ${command.name()} -- --help`;
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    const words = Array.isArray(value) ? value : [value];
    const swallowed = words.find((word) => typeof word === 'string' && word.startsWith('--'));
    if (/<url>/.test(option.flags) && words.some((word) => word === ''))
      throw new UsageError(`${option.long} is empty`, `say ${option.flags}, or leave ${option.long} out   (${help})`);
    if (swallowed !== undefined)
      throw new UsageError(
        `${option.long} has no value: ${swallowed} comes behind it`,
        `say ${option.flags}   (${help})`,
      );
  }
  const isOpen = command.registeredArguments.some(({ variadic }) => variadic);
  const excess = isOpen ? [] : command.args.slice(command.registeredArguments.length);
  if (excess.length > 0)
    throw new UsageError(
      `${command.name()} has no use for ${excess.map((word) => JSON.stringify(word)).join(', ')}`,
      // npm takes "--scenario" for its own where no "--" stands before it, and hands on the value alone.
      command.name() === 'bench' && command.opts().scenario === undefined
        ? `${npmCommand(['bench', '--scenario', ...excess.slice(0, 1)])}   (options stand behind --)`
        : `put lists together without spaces (--services 1,1000) and texts with spaces in quotes; ${help}`,
    );
}

interface BenchFlags {
  scenario?: string;
  resume?: string;
  json?: true;
  keep?: true;
  install: boolean;
  runsDir?: string;
  releaseBase?: string;
  kernel?: string;
  vcpus?: string;
  memory?: string;
  debianArchive?: string;
}

function addBench(program: Command, choose: (action: Action) => void, line: BenchCommandLine | null): void {
  const command = program
    .command('bench')
    .description('measure a scenario and write its report')
    .addHelpText('after', EXAMPLES);
  if (line === null) return;
  line.addBenchFlags(command);
  command.action((flags: BenchFlags) =>
    choose(async (world) => {
      const { runBench } = await import('./commands/bench.ts');
      return runBench(
        {
          scenario: flags.scenario?.trim() ? flags.scenario : null,
          overrides: line.readOverrides(command),
          resume: flags.resume ?? null,
          json: flags.json === true,
          keep: flags.keep === true,
          install: flags.install,
          releaseBase: flags.releaseBase ?? null,
          guest: {
            kernel: flags.kernel ?? null,
            cpus: flags.vcpus ?? null,
            memory: flags.memory ?? null,
            archive: flags.debianArchive ?? null,
          },
          runsDirectory: flags.runsDir === undefined ? null : parseDirectory('--runs-dir', flags.runsDir),
        },
        world,
      );
    }),
  );
}

/** The program inside a guest (testbed vm), started by itself from outside. */
function addGuest(program: Command, choose: (action: Action) => void): void {
  program
    .command('guest', { hidden: true })
    .argument('<directory>')
    .option('--ask')
    .action((directory: string, flags: { ask?: true }) =>
      choose(async (world) => {
        using _deferred = world.deferSignals();
        const { answerInside, runInside } = await import('./launch/guest/inside.ts');
        return await (flags.ask === true ? answerInside(directory) : runInside(directory));
      }),
    );
}

function addKernels(program: Command, choose: (action: Action) => void): void {
  program
    .command('kernels')
    .description('list the kernels that a guest can run (testbed vm), and the modes of each')
    .option('--fetch <specs...>', 'fetch Debian kernels into the cache: debian:trixie; again to take a newer one')
    .option('--boot', 'start each one that is cached, and see')
    .option('--no-install', 'install no package that starting one needs')
    .option('--debian-archive <url>', 'where kernels of Debian are fetched from')
    .option('--json', 'the same for machines')
    .action((flags: { fetch?: string[]; boot?: true; install: boolean; debianArchive?: string; json?: true }) =>
      choose(async (world) => {
        const { runKernels } = await import('./commands/kernels.ts');
        return runKernels(
          {
            fetch: flags.fetch ?? [],
            boot: flags.boot === true,
            install: flags.install,
            archive: flags.debianArchive ?? null,
            json: flags.json === true,
          },
          world,
        );
      }),
    );
}

/** The program's other half, started by itself inside the laboratory's namespaces. */
function addLaboratory(program: Command, choose: (action: Action) => void): void {
  program
    .command('laboratory', { hidden: true })
    .argument('<request>')
    .action((path: string) =>
      choose(async (world) => {
        const { runRequest } = await import('./launch/launch.ts');
        return runRequest(JSON.parse(await readFile(path, 'utf8')), world);
      }),
    );
}

function addDoctor(program: Command, choose: (action: Action) => void): void {
  program
    .command('doctor')
    .description('say what works on this machine, which modes its kernel runs, and a remedy for each lack')
    .option('--json', 'the same for machines')
    .action((flags: { json?: true }) =>
      choose(async (world) => {
        const { runDoctor } = await import('./commands/doctor.ts');
        return runDoctor(
          { json: flags.json === true },
          {
            stdout: (text: string) => world.streams.stdout.write(text),
            exec: world.exec,
            env: world.env,
            ...(process.stdout.columns === undefined ? {} : { columns: process.stdout.columns }),
          },
        );
      }),
    );
}

const RUNS_DIR = [
  '--runs-dir <dir>',
  'where runs are looked for (default: reports/runs)',
  placeOf('--runs-dir'),
] as const;

function addReport(program: Command, choose: (action: Action) => void): void {
  program
    .command('report')
    .description('render a stored run again, from its raw trials')
    .argument('<run>', 'path of a run, its id, or "latest"')
    .option('--to <dir>', "where the files go (default: the run's own directory)", placeOf('--to'))
    .option(...RUNS_DIR)
    .action((run: string, flags: { to?: string; runsDir?: string }) =>
      choose(async (world) => {
        const { runReport } = await import('./commands/report.ts');
        return runReport(
          {
            run,
            ...(flags.to === undefined ? {} : { toDirectory: flags.to }),
            ...(flags.runsDir === undefined ? {} : { runsDirectory: flags.runsDir }),
          },
          world,
        );
      }),
    );
}

/** For whoever renders the reference study again. */
function addReference(program: Command, choose: (action: Action) => void): void {
  program
    .command('reference', { hidden: true })
    .argument('<run>')
    .option('--part <name>', 'into a folder of its own inside reports/reference')
    .action((run: string, { part }: { part?: string }) =>
      choose(async (world) => {
        const { runReference } = await import('./commands/reference.ts');
        return runReference(run, part ?? null, world);
      }),
    );
}

interface CompareFlags {
  by: string;
  failOn?: string[];
  failOnUnsure?: true;
  force?: true;
  to?: string;
  runsDir?: string;
}

function addCompare(program: Command, choose: (action: Action) => void): void {
  program
    .command('compare')
    .description('compare runs that differ in one thing')
    .argument('<runs...>', 'two or more runs: paths or ids; the first is the reference')
    .requiredOption('--by <axis>', 'what they differ in: kernel, kubeProxy, iptables, commit or testbed')
    .option('--fail-on <rules...>', "exit 1 when a margin is exceeded: 'rtt.p50>10%'")
    .option('--force', 'compare although they differ in more; the page says so')
    .option('--fail-on-unsure', 'exit 1 also when a rule of --fail-on could not be judged in some case')
    .option('--to <dir>', 'where to write compare.html and compare.md', placeOf('--to'))
    .option(...RUNS_DIR)
    .action((runs: string[], flags: CompareFlags) =>
      choose(async (world) => {
        const { runCompare } = await import('./commands/compare.ts');
        return runCompare(
          {
            runs,
            by: flags.by,
            failOn: flags.failOn ?? [],
            failOnUnsure: flags.failOnUnsure === true,
            force: flags.force === true,
            ...(flags.to === undefined ? {} : { toDirectory: flags.to }),
            ...(flags.runsDir === undefined ? {} : { runsDirectory: flags.runsDir }),
          },
          world,
        );
      }),
    );
}

function addPublish(program: Command, choose: (action: Action) => void): void {
  program
    .command('publish')
    .description('write a static site of all runs: index, history charts, every report')
    .requiredOption('--to <dir>', "the site's directory", placeOf('--to'))
    .option('--runs <dir>', 'where the runs are (default: reports/runs)', placeOf('--runs'))
    .option('--runs-dir <dir>', 'the same as --runs', placeOf('--runs-dir'))
    .action(({ to, runsDir, runs = runsDir }: { to: string; runs?: string; runsDir?: string }) =>
      choose(async (world) => {
        const { runPublish } = await import('./commands/publish.ts');
        return runPublish({ toDirectory: to, ...(runs === undefined ? {} : { runsDirectory: runs }) }, world);
      }),
    );
}

function addClean(program: Command, choose: (action: Action) => void): void {
  program
    .command('clean')
    .description('show what could be removed (caches, leftovers of killed runs, old runs), and remove it with --yes')
    .option('--yes', 'remove it')
    .option('--runs-older-than <age>', 'runs too, when they are older: 30d')
    .option(...RUNS_DIR)
    .action((flags: { yes?: true; runsOlderThan?: string; runsDir?: string }) =>
      choose(async (world) => {
        const { runClean } = await import('./commands/clean.ts');
        const { RUNS_DIRECTORY } = await import('./store/store.ts');
        const { acquireMachineLock } = await import('./prepare/machine-lock.ts');
        const stdout = (text: string) => void world.streams.stdout.write(text);
        return runClean(
          { yes: flags.yes === true, runsOlderThan: flags.runsOlderThan ?? null },
          {
            stdout,
            env: world.env,
            now: new Date(),
            runsDirectory: flags.runsDir ?? RUNS_DIRECTORY,
            acquireLock: () => acquireMachineLock({ pid: process.pid, run: 'npm run clean' }),
          },
        );
      }),
    );
}

function addSchema(program: Command, choose: (action: Action) => void): void {
  program
    .command('schema')
    .description('write the JSON Schema of scenario files, for editors, and the tables of scenarios/README.md')
    .action(() =>
      choose(async (world) => {
        const { writeScenarioJsonSchema } = await import('./scenario/json-schema.ts');
        const { writeReference } = await import('./scenario/reference.ts');
        const tell = (file: string, written: boolean) =>
          world.streams.stdout.write(`scenarios/${file}: ${written ? 'written' : 'up to date'}\n`);
        tell('scenario.schema.json', await writeScenarioJsonSchema());
        tell('README.md', await writeReference());
        return EXIT.ok;
      }),
    );
}

function addPerf(program: Command, choose: (action: Action) => void): void {
  program
    .command('perf')
    .description("print the program's own numbers, each as a ratio against a named peer")
    .argument('[names...]', 'which benchmarks; all without a name')
    .action((names: string[]) =>
      choose(async () => {
        const { makePerfWorld, runPerf } = await import('./perf/table.ts');
        return runPerf(names, makePerfWorld());
      }),
    );
}

/** What commander found wrong it has printed already; here comes what to do about it. */
function explainUsage(error: CommanderError, program: Command): ExitCode {
  if (error.exitCode === 0) return EXIT.ok;
  if (error.code === 'commander.help') return EXIT.usage;
  const names = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
  const [name = ''] = program.args;
  const remedy = names.includes(name)
    ? `npm run ${name} -- --help lists the options`
    : `the commands are: ${names.filter((one) => one !== 'help').join(', ')}   (npm run bench -- --scenario smoke)`;
  process.stderr.write(`  → ${remedy}\n`);
  return EXIT.usage;
}

/** The one place that prints errors. */
function explain(thrown: unknown, options: { debug: boolean; interrupted: boolean }): ExitCode {
  const error = firstError(thrown);
  if (options.interrupted) {
    process.stderr.write('\ninterrupted\n');
    return EXIT.interrupted;
  }
  if (error instanceof BenchError) {
    process.stderr.write(`\nerror: ${error.message}\n  → ${error.remedy}\n`);
    if (options.debug) process.stderr.write(`${error.stack}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (options.debug ? error.stack : error.message) : String(error);
  process.stderr.write(
    `\nthis is a fault of the program: ${text}\n  → run it again with --debug and report what it prints\n`,
  );
  return EXIT.internal;
}

for (const stream of [process.stdout, process.stderr]) guardStream(stream);
const lost = new LostOutput(process.stdout, process.stderr);
const exitCode = await main(process.argv.slice(2));
await written(process.stdout);
process.exitCode = lost.exitCode(exitCode);
await written(process.stderr);
// Sockets that a library keeps open must not hold a program that is done.
process.exit();

/** What was written must reach a slow pipe. Where nothing waits nothing is written, not even nothing: a full disk refuses that too. */
function written(stream: NodeJS.WriteStream): Promise<unknown> {
  return new Promise((resolve) => (stream.writableLength === 0 ? setImmediate(resolve) : stream.write('', resolve)));
}
