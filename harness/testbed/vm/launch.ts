import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EnvironmentError, EXIT, type ExitCode, InterruptedError } from '../../errors.ts';
import type { Progress } from '../../progress/start.ts';
import type { RunRequest } from '../../run/request.ts';
import { loadRun, writeRunHeader } from '../../run/store.ts';
import { systemExec } from '../../system/exec.ts';
import { cacheDirectory } from '../../system/xdg.ts';
import { laboratoryCommand } from '../netns/laboratory.ts';
import { explainConsole, lastLines } from './console.ts';
import type { Guest } from './guest.ts';
import { guestCommand, guestScript, INSIDE } from './guest-command.ts';
import { findVirtme } from './virtme.ts';
import { WALL, WallOutside } from './wall.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const POLL_MS = 100;
/** Emulated user code is about 20 times slower; a boot takes 10 s there and 2 s with KVM. */
export const EMULATED_PATIENCE = 10;
const BOOT_DEADLINE_MS = { kvm: 60_000, emulated: 240_000 } as const;
/** Without a sign of life for so long, the guest hangs: it gives one every two seconds, whatever the run does. */
const SILENCE_MS = { kvm: 60_000, emulated: 180_000 } as const;
/** From the wish to stop to the end; then it is ended from outside. What was measured is on this side already. */
const STOP_GRACE_MS = { kvm: 5000, emulated: 30_000 } as const;

export interface GuestWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: NodeJS.WritableStream;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Runs a request inside a guest: the same program with the laboratory of testbed netns, under another kernel, over this machine's files. Results are written into the run's directory
 * as they come; progress, Ctrl-C and the exit code pass through the wall. Resolves with the program's exit code; rejects when the guest itself failed. Nothing is left
 * running, by whatever death this process dies: QEMU stands in a process namespace that dies with it.
 */
export async function runInGuest(request: RunRequest, guest: Guest, world: GuestWorld): Promise<ExitCode> {
  const wall = await WallOutside.make(join(request.temporaryDirectory, 'guest'));
  const consolePath = join(request.logsDirectory, 'console.log');
  const command = await prepare({ request, guest, wall, world });
  const running = new RunningGuest(command, consolePath);
  try {
    await follow(running, { wall, guest, world });
  } catch (error) {
    await running.kill();
    pass(wall, world);
    await closeHeader(request.runDirectory, error);
    throw withConsole(error, consolePath, guest);
  }
  pass(wall, world);
  const code = wall.exitCode();
  const known = Object.values(EXIT).find((one) => one === code);
  if (known === EXIT.ok || known === EXIT.interrupted || known === EXIT.usage) return known;
  const consoleText = readFileSync(consolePath, 'utf8');
  const explained = explainConsole(`${consoleText}\n${wall.scriptWords()}`, guest);
  if (known !== undefined && explained === null) return known;
  const error =
    explained ?? new EnvironmentError(`the guest ended without a result\n${wall.scriptWords()}`, 'read the console');
  await closeHeader(request.runDirectory, error);
  throw withConsole(error, consolePath, guest);
}

async function prepare(parts: {
  request: RunRequest;
  guest: Guest;
  wall: WallOutside;
  world: GuestWorld;
}): Promise<readonly string[]> {
  const { request, guest, wall, world } = parts;
  const compileCache = join(cacheDirectory(world.env), 'compile-cache');
  await mkdir(compileCache, { recursive: true });
  const inside: RunRequest = { ...request, temporaryDirectory: INSIDE.work, progress: 'json' };
  await writeFile(join(wall.directory, WALL.request), JSON.stringify(inside));
  const overlaid = [
    '/usr',
    PROJECT,
    dirname(process.execPath),
    ...Object.values(request.kubeProxies).map(({ path }) => dirname(path)),
  ];
  const patience = guest.execution === 'emulated' ? { BENCH_PATIENCE: String(EMULATED_PATIENCE) } : {};
  const script = guestScript({
    guest,
    overlaid: outermost(overlaid),
    runDirectory: request.runDirectory,
    program: [process.execPath, join(PROJECT, 'harness/cli.ts'), 'guest', INSIDE.control],
    env: { NODE_COMPILE_CACHE: INSIDE.compileCache, HOME: '/root', TMPDIR: '/tmp', ...patience },
  });
  const scriptPath = join(wall.directory, WALL.script);
  await writeFile(scriptPath, script);
  const virtme = await findVirtme({
    exec: systemExec,
    env: world.env,
    onProgress: (text) => world.stderr.write(`${text}\n`),
    signal: world.signal,
  });
  const shares = { run: request.runDirectory, control: wall.directory, compileCache };
  // The script is copied first: it hides the directory that it may stand in.
  return guestCommand({ virtme, guest, shares, script: `cat '${scriptPath}' >/run/guest.sh && exec sh /run/guest.sh` });
}

/** Directories without those that lie inside another of them. */
function outermost(paths: readonly string[]): readonly string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => other !== path && path.startsWith(`${other}/`)));
}

/** QEMU and what starts it, in namespaces of their own; their words go to the console's log. */
class RunningGuest {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #running = true;

  constructor(command: readonly string[], consolePath: string) {
    const user = process.getuid?.() === 0 ? 'root' : 'ordinary';
    const [file = '', ...args] = laboratoryCommand({ user, program: command });
    const log = openSync(consolePath, 'a');
    try {
      // Detached: a Ctrl-C in the terminal reaches this program alone, which passes it on.
      this.#child = spawn(file, args, { stdio: ['ignore', log, log], detached: true });
    } finally {
      closeSync(log);
    }
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', () => {
        this.#running = false;
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
async function follow(
  running: RunningGuest,
  { wall, guest, world }: { wall: WallOutside; guest: Guest; world: GuestWorld },
): Promise<void> {
  const startedMs = Date.now();
  let stopAskedMs: number | null = null;
  while (running.running) {
    pass(wall, world);
    if (world.signal.aborted && stopAskedMs === null) {
      stopAskedMs = Date.now();
      wall.stop();
    }
    if (stopAskedMs !== null && Date.now() - stopAskedMs > STOP_GRACE_MS[guest.execution]) throw new InterruptedError();
    // Asked before its program runs, a guest has nothing to save.
    if (stopAskedMs !== null && wall.lastAliveMs() === null) throw new InterruptedError();
    requireLife({ wall, guest, startedMs });
    await running.pause(POLL_MS);
  }
}

function requireLife({ wall, guest, startedMs }: { wall: WallOutside; guest: Guest; startedMs: number }): void {
  const lastMs = wall.lastAliveMs();
  const sinceMs = Date.now() - (lastMs ?? startedMs);
  const limitMs = lastMs === null ? BOOT_DEADLINE_MS[guest.execution] : SILENCE_MS[guest.execution];
  if (sinceMs <= limitMs) return;
  const what = lastMs === null ? 'did not start the program' : 'gave no sign of life';
  throw new EnvironmentError(
    `the guest (${guest.release}) ${what} within ${limitMs / 1000} s and was ended`,
    'free the machine of other work; if it happens again, take another kernel with --kernel',
  );
}

function pass(wall: WallOutside, world: GuestWorld): void {
  for (const event of wall.readEvents()) world.progress.listen(event);
  for (const line of wall.readErrorLines()) world.stderr.write(`${line}\n`);
}

function withConsole(error: unknown, consolePath: string, guest: Guest): unknown {
  if (!(error instanceof EnvironmentError)) return error;
  const text = readFileSync(consolePath, 'utf8');
  const explained = explainConsole(text, guest) ?? error;
  return new EnvironmentError(
    `${explained.message}\nthe end of its console (${consolePath}):\n${lastLines(text, 8)}`,
    explained.remedy,
    { cause: error },
  );
}

/** A guest that died could not say how its run ended: its header says so from out here. The journal is whole but for a torn last line. */
async function closeHeader(directory: string, error: unknown): Promise<void> {
  const run = await loadRun(directory).catch(() => null);
  if (run === null || run.header.status !== 'running') return;
  const interrupted = error instanceof InterruptedError;
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  await writeRunHeader(directory, {
    ...run.header,
    status: interrupted ? 'interrupted' : 'failed',
    statusReason: reason,
    endedAt: new Date().toISOString(),
  });
}
