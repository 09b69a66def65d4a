import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type LoadMessage, type LoadResult, type LoadSpec, loadMessageSchema } from '../model/load.ts';
import { formatCommand } from '../system/exec.ts';
import { LoadLostError } from './lost.ts';

const STOP_GRACE_MS = 500;

export interface ClientProcessOptions {
  /** What a person calls it. */
  readonly name: string;
  readonly command: readonly string[];
  readonly spec: LoadSpec;
  readonly logFile: string;
  readonly onMessage: (message: LoadMessage) => void;
}

/** One load client from outside: its process, what it says, and what became of it. */
export class ClientProcess {
  /** Rejects with LoadLostError when it cannot be started or ends before it is ready. */
  readonly ready: Promise<void>;
  /** Rejects with LoadLostError unless a whole, valid result came. */
  readonly result: Promise<LoadResult>;
  readonly #options: ClientProcessOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #result = Promise.withResolvers<LoadResult>();

  constructor(options: ClientProcessOptions) {
    this.#options = options;
    this.ready = this.#ready.promise;
    this.result = this.#result.promise;
    this.result.catch(() => {});
    this.ready.catch(() => {});
    const [file = '', ...args] = options.command;
    const log = openSync(options.logFile, 'a');
    try {
      this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', log] });
    } finally {
      closeSync(log);
    }
    this.#ended = this.#follow();
    this.#write(options.spec);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Lets it begin at that Unix time (ms). */
  start(startAtMs: number): void {
    this.#write({ startAtMs });
  }

  /** Ends it, however far it is. Resolves when it is gone. */
  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(killer);
  }

  #write(line: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  #follow(): Promise<void> {
    const child = this.#child;
    // A client that died does not read any more; its end is reported by `close`, not by the broken pipe.
    child.stdin?.on('error', () => {});
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => this.#onLine(line));
    return new Promise((resolve) => {
      child.once('error', (error) => {
        this.#lose(error.message);
        resolve();
      });
      child.once('close', (exitCode, signal) => {
        this.#lose(signal === null ? `it ended with exit code ${exitCode}` : `it was ended by ${signal}`);
        resolve();
      });
    });
  }

  #onLine(line: string): void {
    let message: LoadMessage;
    try {
      message = loadMessageSchema.parse(JSON.parse(line));
    } catch (error) {
      this.#lose(
        `it said what is no message: ${line.slice(0, 200)} (${error instanceof Error ? error.message : error})`,
      );
      return;
    }
    if (message.type === 'ready') this.#ready.resolve();
    else if (message.type === 'result') this.#result.resolve(message.result);
    else if (message.type === 'error') this.#lose(message.message);
    this.#options.onMessage(message);
  }

  /** Has no effect after the result came. */
  #lose(why: string): void {
    const { name, command, logFile } = this.#options;
    const error = new LoadLostError(
      `${name}: ${why}\n  ${formatCommand(command)}\n${logTail(logFile)}`.trimEnd(),
      `read ${logFile}; the trial is not counted`,
    );
    this.#ready.reject(error);
    this.#result.reject(error);
  }
}

function logTail(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-2048);
  } catch {
    return '';
  }
}
