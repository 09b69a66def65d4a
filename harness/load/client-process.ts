import { readFileSync } from 'node:fs';
import { type LoadMessage, type LoadResult, type LoadSpec, loadMessageSchema } from '../model/load.ts';
import type { ClientChannel, OpenChannel } from './client-channel.ts';
import type { Clocks, StartAt } from './clocks.ts';
import { LoadLostError } from './lost.ts';

export interface ClientProcessOptions {
  /** What a person calls it. */
  readonly name: string;
  readonly open: OpenChannel;
  readonly spec: LoadSpec;
  readonly logFile: string;
  readonly onMessage: (message: LoadMessage) => void;
}

/** One load client from outside: its channel, what it says, and what became of it. */
export class ClientProcess {
  /** Rejects with LoadLostError when it cannot be started or ends before it is ready. */
  readonly ready: Promise<void>;
  /** Rejects with LoadLostError unless a whole, valid result came. */
  readonly result: Promise<LoadResult>;
  readonly #options: ClientProcessOptions;
  readonly #channel: ClientChannel;
  readonly #ready = Promise.withResolvers<void>();
  readonly #result = Promise.withResolvers<LoadResult>();

  constructor(options: ClientProcessOptions) {
    this.#options = options;
    this.ready = this.#ready.promise;
    this.result = this.#result.promise;
    this.result.catch(() => {});
    this.ready.catch(() => {});
    this.#channel = options.open({ onLine: (line) => this.#onLine(line), onEnd: (why) => this.#lose(why) });
    this.#channel.writeLine(JSON.stringify(options.spec));
  }

  /** `null` where it is no process of this machine. */
  get pid(): number | null {
    return this.#channel.pid;
  }

  /** Lets it begin so long after `now`: by the monotonic clock on this machine, by its own wall clock elsewhere. */
  start(now: Clocks, delayMs: number): void {
    const { pid, clockOffsetMs } = this.#channel;
    const start: StartAt =
      pid === null
        ? { clock: 'wall', atMs: now.wallMs + delayMs + clockOffsetMs }
        : { clock: 'monotonic', atMs: now.monotonicMs + delayMs };
    this.#channel.writeLine(JSON.stringify(start));
  }

  /** Ends it, however far it is. Resolves when it is gone. */
  end(): Promise<void> {
    return this.#channel.end();
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
    const { name, logFile } = this.#options;
    const error = new LoadLostError(
      `${name}: ${why}\n  ${this.#channel?.command ?? ''}\n${logTail(logFile)}`.trimEnd(),
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
