import { createHash } from 'node:crypto';
import { ExecaError, execa, type Options } from 'execa';
import { toolVariables } from './laboratory-variables.ts';
import { formatCommand } from './shell-words.ts';

/** How a finished command ended. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface ExecOptions {
  readonly cwd?: string;
  /** Added to the variables below. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whose variables the command gets: the caller's (default), or only those of laboratory-variables.ts. */
  readonly variables?: 'caller' | 'laboratory';
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The one seam through which finite commands run. Rejects with CommandError unless the command exits 0. */
export interface Exec {
  run(command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

/** A command that failed: pasteable command line, exit code or signal, the last 4 KiB of stderr, duration, where it ran. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly command: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderrTail: string;
  readonly durationMs: number;
  readonly notFound: boolean;

  constructor(details: {
    command: string;
    exitCode: number | null;
    signal: string | null;
    stderr: string;
    durationMs: number;
    cwd: string;
    timedOut: boolean;
    notFound: boolean;
    cause: unknown;
  }) {
    const tail = details.stderr.slice(-4096);
    super(
      `${details.command}\n  ${describeEnd(details)} after ${Math.round(details.durationMs)} ms in ${details.cwd}\n${tail}`.trimEnd(),
      {
        cause: details.cause,
      },
    );
    this.command = details.command;
    this.exitCode = details.exitCode;
    this.signal = details.signal;
    this.stderrTail = tail;
    this.durationMs = details.durationMs;
    this.notFound = details.notFound;
  }
}

function describeEnd(end: {
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  notFound: boolean;
}): string {
  if (end.notFound) return 'not found';
  if (end.timedOut) return 'ran out of time';
  return end.signal === null ? `exit code ${end.exitCode}` : `ended by ${end.signal}`;
}

/** The real Exec: runs commands on this machine. */
export const systemExec: Exec = {
  async run(command, options = {}) {
    const [file, ...args] = command;
    if (file === undefined) throw new Error('empty command');
    const started = performance.now();
    const execaOptions: Options = {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.variables === 'laboratory'
        ? { env: { ...toolVariables(process.env), ...options.env }, extendEnv: false }
        : { env: options.env ?? {} }),
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      maxBuffer: 1 << 30,
      stripFinalNewline: false,
    };
    try {
      const result = await execa(file, args, execaOptions);
      return { stdout: String(result.stdout ?? ''), stderr: String(result.stderr ?? ''), exitCode: 0 };
    } catch (error) {
      if (!(error instanceof ExecaError)) throw error;
      throw new CommandError({
        command: formatCommand(command),
        exitCode: error.exitCode ?? null,
        signal: error.signal ?? null,
        stderr: String(error.stderr ?? '') || error.originalMessage || '',
        durationMs: performance.now() - started,
        cwd: options.cwd ?? process.cwd(),
        timedOut: error.timedOut,
        notFound: error.code === 'ENOENT',
        cause: error,
      });
    }
  },
};

/** sha256 of bytes, in hex. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
