import { spawn } from 'node:child_process';
import { CommandError } from '../../system/exec.ts';
import { formatCommand } from '../../system/shell-words.ts';

/** Runs a command and hands over its output line by line while it comes: a table of 320,000 rules is never held. */
export interface LineSource {
  /** Resolves after the last line when the command exits 0, else rejects with CommandError. Line ends are left off; text is latin1. */
  read(command: readonly string[], onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
}

/** Cuts chunks of text into lines; the rest after the last line end is given by `finish`. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: string): void {
    const text = this.#rest + chunk;
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#onLine(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
  }

  finish(): void {
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }
}

/** The real LineSource: runs commands on this machine. */
export const systemLines: LineSource = {
  read(command, onLine, signal) {
    const [file, ...args] = command;
    if (file === undefined) throw new Error('empty command');
    const startedMs = performance.now();
    return new Promise((resolve, reject) => {
      const child = spawn(file, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(signal === undefined ? {} : { signal }),
      });
      const splitter = new LineSplitter(onLine);
      let stderr = '';
      const fail = (exitCode: number | null, endSignal: string | null, cause: unknown) =>
        reject(
          new CommandError({
            command: formatCommand(command),
            exitCode,
            signal: endSignal,
            stderr,
            durationMs: performance.now() - startedMs,
            cwd: process.cwd(),
            timedOut: false,
            notFound: (cause as NodeJS.ErrnoException | null)?.code === 'ENOENT',
            cause,
          }),
        );
      child.stdout.setEncoding('latin1').on('data', (chunk: string) => splitter.push(chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        stderr = (stderr + chunk).slice(-4096);
      });
      child.on('error', (error) => fail(null, null, error));
      child.on('close', (exitCode, endSignal) => {
        splitter.finish();
        if (exitCode === 0) resolve();
        else fail(exitCode, endSignal, null);
      });
    });
  },
};
