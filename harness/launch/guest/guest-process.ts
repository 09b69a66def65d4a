import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, EXIT, type ExitCode, InterruptedError } from '../../errors.ts';
import type { Guest } from '../../model/guest.ts';
import { programVariables } from '../../system/laboratory-variables.ts';
import { describeEnd, readMemoryKills } from '../../system/memory-kills.ts';
import { laboratoryCommand } from '../namespaces.ts';
import { explainConsole, lastLines } from './console.ts';
import type { WallOutside } from './wall.ts';

const POLL_MS = 100;
const BOOT_DEADLINE_MS = { kvm: 60_000, emulated: 240_000 } as const;
/** Without a sign of life for so long, the guest hangs: it gives one every two seconds, whatever the run does. */
const SILENCE_MS = { kvm: 60_000, emulated: 180_000 } as const;
/** From the wish to stop to the end; then it is ended from outside. What was measured is on this side already. */
const STOP_GRACE_MS = { kvm: 5000, emulated: 30_000 } as const;

export interface GuestWatch {
  readonly guest: Guest;
  readonly wall: WallOutside;
  /** Everything that the guest's console, QEMU and virtme say goes there. */
  readonly consolePath: string;
  /** Called again and again while it runs, and once after its end: what came through the wall is to be taken. */
  readonly onLook: () => void;
  readonly signal: AbortSignal;
  /** How long it may take from its start to its program's first sign of life; by default what a busy machine needs. */
  readonly bootDeadlineMs?: number;
}

/**
 * Starts a guest and watches it until it ends. Resolves with the exit code that its program left. Rejects with an EnvironmentError that has the end of its console when it hung, died or ended
 * without a code, and with InterruptedError when it had to be ended after `signal`. Nothing is left running, however this process ends: QEMU is in a process namespace that dies
 * with it.
 */
export async function runGuest(command: readonly string[], watch: GuestWatch): Promise<ExitCode> {
  const running = new RunningGuest(command, watch.consolePath);
  try {
    await follow(running, watch);
  } catch (error) {
    throw withConsole(error, watch);
  } finally {
    await running.kill();
    watch.onLook();
  }
  const known = ownCode(watch.wall);
  if (known === EXIT.ok || known === EXIT.interrupted || known === EXIT.usage) return known;
  const words = watch.wall.scriptWords();
  const explained = explainConsole(`${readFileSync(watch.consolePath, 'utf8')}\n${words}`, watch.guest);
  if (known !== null && explained === null) return known;
  throw withConsole(
    explained ??
      new EnvironmentError(
        `the guest ${running.endText}, without a result\n${words}`.trimEnd(),
        `read ${watch.consolePath}`,
      ),
    watch,
  );
}

/** The exit code that the program in the guest chose: never 1, which is a verdict, and 70 only when it has said what the fault was. */
function ownCode(wall: WallOutside): ExitCode | null {
  const code = wall.exitCode();
  const known = Object.values(EXIT).find((one) => one === code) ?? null;
  if (known === EXIT.verdictFailed) return null;
  return known === EXIT.internal && !wall.saidErrors ? null : known;
}

/** QEMU and what starts it, in namespaces of their own; their words go to the console's log. */
class RunningGuest {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #running = true;
  /** How it ended, for people, behind "the guest". */
  endText = 'runs';

  constructor(command: readonly string[], consolePath: string) {
    const user = process.getuid?.() === 0 ? 'root' : 'ordinary';
    const [file = '', ...args] = laboratoryCommand({ user, program: command });
    const killsBefore = readMemoryKills();
    const log = openSync(consolePath, 'a');
    try {
      // Detached: a Ctrl-C in the terminal reaches this program alone, which passes it on.
      this.#child = spawn(file, args, {
        stdio: ['ignore', log, log],
        env: programVariables(process.env),
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (exitCode, signal) => {
        this.#running = false;
        this.endText = exitCode === 0 ? 'ended' : describeEnd({ exitCode, signal }, killsBefore);
        resolve();
      });
    });
    this.#ended.catch(() => undefined);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Resolves after the pause, or at once when it ends. Rejects when it could not be started. */
  async pause(ms: number): Promise<void> {
    const timer = new AbortController();
    try {
      await Promise.race([this.#ended, sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
    } finally {
      timer.abort();
    }
  }

  /** unshare's --kill-child ends everything in the process namespace. */
  async kill(): Promise<void> {
    if (!this.#running) return;
    this.#child.kill('SIGKILL');
    await this.#ended.catch(() => undefined);
  }
}

/** Passes on what comes out until the guest ends. Rejects when it hangs, or does not stop in time when it is asked to. */
async function follow(running: RunningGuest, watch: GuestWatch): Promise<void> {
  const { wall, guest, onLook, signal } = watch;
  const { bootDeadlineMs = BOOT_DEADLINE_MS[guest.execution] } = watch;
  const startedMs = performance.now();
  let stopAskedMs: number | null = null;
  while (running.running) {
    onLook();
    if (signal.aborted && stopAskedMs === null) {
      stopAskedMs = performance.now();
      wall.stop();
    }
    if (stopAskedMs !== null && performance.now() - stopAskedMs > STOP_GRACE_MS[guest.execution])
      throw new InterruptedError();
    // Asked before its program runs, a guest has nothing to save.
    if (stopAskedMs !== null && wall.lastAliveMs() === null) throw new InterruptedError();
    requireLife({ wall, guest, startedMs, bootDeadlineMs });
    await running.pause(POLL_MS);
  }
}

function requireLife(parts: { wall: WallOutside; guest: Guest; startedMs: number; bootDeadlineMs: number }): void {
  const { wall, guest, startedMs, bootDeadlineMs } = parts;
  const lastMs = wall.lastAliveMs();
  const sinceMs = performance.now() - (lastMs ?? startedMs);
  const limitMs = lastMs === null ? bootDeadlineMs : SILENCE_MS[guest.execution];
  if (sinceMs <= limitMs) return;
  const what = lastMs === null ? 'did not start the program' : 'gave no sign of life';
  throw new EnvironmentError(
    `the guest (${guest.release}) ${what} within ${limitMs / 1000} s and was ended`,
    `free the machine of other work, or give the guest more than its ${guest.memoryMib} MiB with --memory; if it happens again, take another kernel with --kernel`,
  );
}

function withConsole(error: unknown, { consolePath, guest }: GuestWatch): unknown {
  if (!(error instanceof EnvironmentError)) return error;
  const text = readFileSync(consolePath, 'utf8');
  const explained = explainConsole(text, guest) ?? error;
  return new EnvironmentError(
    `${explained.message}\nthe end of its console (${consolePath}):\n${lastLines(text, 8)}`,
    explained.remedy,
    { cause: error },
  );
}
