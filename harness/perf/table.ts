import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';

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
    name: 'report',
    file: 'report.ts',
    tells: 'building a study-sized report, its size, and when its first chart stands',
  },
  { name: 'coverage', file: 'coverage.ts', tells: 'how often 95 % intervals hold the truth' },
];

export interface PerfWorld {
  readonly stdout: { write(text: string): unknown };
  /** Runs one benchmark's file as a program of its own (no other's garbage or warm code in its numbers); gives its exit code. */
  readonly runFile: (path: string) => Promise<number | null>;
}

/** The world of the real program: this terminal, this Node. */
export function makePerfWorld(): PerfWorld {
  return {
    stdout: process.stdout,
    runFile: (path) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [path], { stdio: 'inherit' });
        child.once('error', reject);
        child.once('close', (exitCode) => resolve(exitCode));
      }),
  };
}

/** Runs the named benchmarks in the table's order, all when none is named. Exit code 1 when one missed a bar or failed. */
export async function runPerf(names: readonly string[], world: PerfWorld): Promise<ExitCode> {
  const known = BENCHMARKS.map((benchmark) => benchmark.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`no benchmark is called ${unknown.join(', ')}`, `there are: ${known.join(', ')}`);
  }
  let exitCode: ExitCode = EXIT.ok;
  for (const { name, file, tells } of BENCHMARKS.filter((one) => names.length === 0 || names.includes(one.name))) {
    world.stdout.write(`\n# ${name}: ${tells}\n`);
    if ((await world.runFile(join(import.meta.dirname, file))) !== 0) exitCode = EXIT.verdictFailed;
  }
  return exitCode;
}
