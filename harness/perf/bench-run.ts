import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchError, EXIT, type ExitCode, InterruptedError } from '../errors.ts';
import type { Run } from '../model/run.ts';
import { findRunDirectory } from '../store/find.ts';
import { loadRun } from '../store/store.ts';
import { type MemoryPeaks, watchMemoryPeaks } from './memory-peak.ts';
import { SignalHold } from './signal-hold.ts';

const PROGRAM = join(import.meta.dirname, '../cli.ts');

/** A run of the whole program, from outside. */
export interface BenchRun {
  readonly run: Run;
  /** From start to exit of the command: prerequisites, run and report. */
  readonly wallMs: number;
  readonly peaks: MemoryPeaks;
}

/**
 * `bench` with these words, as a user types it, its run in a directory that is gone afterwards. Progress is shown on standard error. Rejects with
 * the program's own exit code when it did not end well.
 */
export async function measureBench(words: readonly string[]): Promise<BenchRun> {
  using hold = new SignalHold();
  const runsDirectory = await mkdtemp(join(tmpdir(), 'bench-perf-'));
  try {
    const startMs = performance.now();
    const peaks = await runProgram(['bench', ...words, '--runs-dir', runsDirectory], hold);
    const wallMs = performance.now() - startMs;
    return { run: await loadRun(await findRunDirectory('latest', runsDirectory)), wallMs, peaks };
  } finally {
    await rm(runsDirectory, { recursive: true, force: true });
  }
}

async function runProgram(words: readonly string[], hold: SignalHold): Promise<MemoryPeaks> {
  // With setpriv, which the laboratory needs anyway: nothing goes on measuring when this process is killed. It becomes the program; the pid stays.
  const args = ['--pdeathsig', 'KILL', '--', process.execPath, PROGRAM, ...words];
  const child = spawn('setpriv', args, { stdio: ['inherit', 'ignore', 'inherit'] });
  hold.passTo(child);
  const ending = new AbortController();
  const watching = watchMemoryPeaks(child.pid ?? -1, ending.signal);
  try {
    requireGoodEnd(await waitForExit(child), hold);
  } finally {
    ending.abort();
    await watching;
  }
  return watching;
}

function waitForExit(child: ChildProcess): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(Object.values(EXIT).find((one) => one === code) ?? EXIT.internal));
  });
}

function requireGoodEnd(code: ExitCode, hold: SignalHold): void {
  if (hold.interrupted || code === EXIT.interrupted) throw new InterruptedError();
  if (code !== EXIT.ok) throw new BenchError(code, `bench ended with exit code ${code}`, 'its own words stand above');
}
