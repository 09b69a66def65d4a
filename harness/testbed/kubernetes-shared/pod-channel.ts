import { appendFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { ChannelListener, ClientChannel, OpenChannel } from '../../load/client-channel.ts';
import { LineSplitter } from '../../measure/tables/line-source.ts';
import { describeExecError, formatPodCommand, type PodContainer, type PodSocket, startInPod } from './pod-exec.ts';

export interface PodChannelOptions {
  readonly place: PodContainer;
  readonly command: readonly string[];
  /** The program's standard error, appended. */
  readonly logFile: string;
  /** A node that dies says nothing: without its end by then the client counts as lost. */
  readonly deadlineMs: number;
  readonly clockOffsetMs: number;
}

/** A load client in a pod, over an exec connection through the API server. */
export function podChannel(options: PodChannelOptions): OpenChannel {
  return (listener) => new PodChannel(options, listener);
}

class PodChannel implements ClientChannel {
  readonly pid = null;
  readonly command: string;
  readonly clockOffsetMs: number;
  readonly #stdin = new PassThrough();
  readonly #listener: ChannelListener;
  readonly #ended = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;
  readonly #socket: Promise<PodSocket | null>;
  #over = false;

  constructor(options: PodChannelOptions, listener: ChannelListener) {
    this.command = formatPodCommand(options.place, options.command);
    this.clockOffsetMs = options.clockOffsetMs;
    this.#listener = listener;
    this.#timer = setTimeout(() => this.#finish(`no end within ${options.deadlineMs} ms`), options.deadlineMs);
    this.#socket = this.#connect(options);
  }

  writeLine(line: string): void {
    if (!this.#over) this.#stdin.write(`${line}\n`);
  }

  /** Closing the connection closes the client's standard input, which ends it. */
  async end(): Promise<void> {
    const socket = await this.#socket;
    socket?.close();
    this.#finish('it was ended');
    await this.#ended.promise;
  }

  async #connect({ place, command, logFile }: PodChannelOptions): Promise<PodSocket | null> {
    const lines = new LineSplitter(this.#listener.onLine);
    try {
      return await startInPod(place, command, {
        stdin: this.#stdin,
        onOutput: (text) => lines.push(text),
        onErrors: (text) => appendFileSync(logFile, text),
        onEnd: (failure) => this.#finish(failure ?? 'it ended'),
      });
    } catch (error) {
      this.#finish(`its pod cannot be reached: ${describeExecError(error)}`);
      return null;
    }
  }

  #finish(why: string): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#stdin.destroy();
    this.#listener.onEnd(why);
    this.#ended.resolve();
  }
}
