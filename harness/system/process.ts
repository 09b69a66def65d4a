import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { toolVariables } from './laboratory-variables.ts';
import { describeEnd, readMemoryKills, wasKilledForMemory } from './memory-kills.ts';
import { formatCommand } from './shell-words.ts';

/** How a long-running process ended. */
interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface StartProcessOptions {
  /** What a person calls it, for messages: "kube-proxy (nftables)". */
  readonly name: string;
  readonly command: readonly string[];
  /** Standard output and error go here, appended. */
  readonly logFile: string;
  /** Beside the laboratory's own variables (laboratory-variables.ts); the caller's are not handed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** SIGTERM first; SIGKILL after this. */
  readonly stopGraceMs?: number;
}

/** A process that runs until it is disposed of. */
export interface RunningProcess extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly command: string;
  readonly logFile: string;
  /** Resolves when the process ended, by whatever cause. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** `null` while it runs. */
  readonly end: ProcessEnd | null;
  /** How it ended, for people, after its name: "ended by itself (exit code 1)", "was killed, probably for memory: …". */
  readonly endText: string;
  /** Whether the kernel killed it for memory, as far as can be known. */
  readonly killedForMemory: boolean;
  /** The last lines of its log. */
  logTail(lines: number): string;
}

/** Starts a process whose pid is that of the command itself (prefixes such as nsenter replace themselves). Rejects when it cannot be started. */
export async function startProcess(options: StartProcessOptions): Promise<RunningProcess> {
  const [file, ...args] = options.command;
  if (file === undefined) throw new Error('empty command');
  const log = openSync(options.logFile, 'a');
  let child: ChildProcess;
  try {
    child = spawn(file, args, { stdio: ['ignore', log, log], env: { ...toolVariables(process.env), ...options.env } });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
  } finally {
    closeSync(log);
  }
  return new ChildRunning(child, options);
}

class ChildRunning implements RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly command: string;
  readonly logFile: string;
  readonly ended: Promise<ProcessEnd>;
  end: ProcessEnd | null = null;
  endText = 'runs';
  killedForMemory = false;
  readonly #child: ChildProcess;
  readonly #stopGraceMs: number;

  constructor(child: ChildProcess, options: StartProcessOptions) {
    if (child.pid === undefined) throw new Error(`${options.name} has no pid`);
    this.name = options.name;
    this.pid = child.pid;
    this.command = formatCommand(options.command);
    this.logFile = options.logFile;
    this.#child = child;
    this.#stopGraceMs = options.stopGraceMs ?? 3000;
    const killsBefore = readMemoryKills();
    this.ended = new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => {
        this.end = { exitCode, signal };
        this.endText = describeEnd(this.end, killsBefore);
        this.killedForMemory = wasKilledForMemory(this.end, killsBefore);
        resolve(this.end);
      });
    });
  }

  logTail(lines: number): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.end !== null) return;
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), this.#stopGraceMs);
    await this.ended;
    clearTimeout(killer);
  }
}
