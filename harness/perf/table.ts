import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { findTool } from '../system/find-tool.ts';
import { SignalHold } from './signal-hold.ts';

/** What a benchmark is called, where it is, and what it tells. A new one is one file and one line. */
export interface Benchmark {
  readonly name: string;
  /** Beside this file. Run as a program it prints what it measured, and exits 1 when it missed a bar. */
  readonly file: string;
  readonly tells: string;
}

export const BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'load-client',
    file: 'load-client.ts',
    tells: "client CPU per request against hey, achieved rate, the client's own share of connect time",
  },
  { name: 'wire-capture', file: 'wire-capture.ts', tells: 'the wire capture against tcpdump and tshark, and its cost' },
  {
    name: 'settle',
    file: 'settle.ts',
    tells: "from nothing to 10,000 x 10 settled, against kube-proxy's own sync time; memory",
  },
  {
    name: 'ten-thousand',
    file: 'ten-thousand.ts',
    tells: 'the scenario 10k with two modes: its time, and the share of it under load',
  },
  {
    name: 'effect',
    file: 'effect.ts',
    tells: 'in how many of ten runs of 60 s of load the effect at 10,000 Services is found',
  },
  { name: 'aa', file: 'aa.ts', tells: 'how often a mode against itself comes out different' },
  {
    name: 'report',
    file: 'report.ts',
    tells: 'building a study-sized report, its size, and when its first chart stands',
  },
  { name: 'coverage', file: 'coverage.ts', tells: 'how often 95 % intervals hold the truth' },
];

export interface PerfWorld {
  readonly stdout: { write(text: string): unknown };
  /** Runs one benchmark's file as a program of its own (no other's garbage or warm code in its numbers); gives its exit code, 130 when it was interrupted. */
  readonly runFile: (path: string) => Promise<number | null>;
}

/** The world of the real program: this terminal, this Node. */
export function makePerfWorld(): PerfWorld {
  return { stdout: process.stdout, runFile };
}

async function runFile(path: string): Promise<number | null> {
  using hold = new SignalHold();
  // Where there is a setpriv, the benchmark dies with this process, however it ends; the pid stays the same.
  const setpriv = findTool('setpriv', process.env);
  const [program, ...args] = [
    ...(setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL', '--']),
    process.execPath,
    path,
  ];
  const child = spawn(program ?? process.execPath, args, { stdio: 'inherit' });
  hold.passTo(child);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return hold.interrupted ? EXIT.interrupted : exitCode;
}

/** Runs the named benchmarks in the table's order, all when none is named. Exit code 1 when one missed a bar or failed; Ctrl-C ends them all. */
export async function runPerf(names: readonly string[], world: PerfWorld): Promise<ExitCode> {
  const known = BENCHMARKS.map((benchmark) => benchmark.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`no benchmark is called ${unknown.join(', ')}`, `there are: ${known.join(', ')}`);
  }
  let exitCode: ExitCode = EXIT.ok;
  for (const { name, file, tells } of BENCHMARKS.filter((one) => names.length === 0 || names.includes(one.name))) {
    world.stdout.write(`\n# ${name}: ${tells}\n`);
    const ended = await world.runFile(join(import.meta.dirname, file));
    if (ended === EXIT.interrupted) return EXIT.interrupted;
    if (ended !== EXIT.ok) exitCode = EXIT.verdictFailed;
  }
  return exitCode;
}
