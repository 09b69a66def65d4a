import { appendFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import type { ChannelListener, ClientChannel, OpenChannel } from '../../load/client-channel.ts';
import { LineSplitter } from '../../measure/tables/line-source.ts';
import { formatCommand } from '../../system/exec.ts';

export interface PodContainer {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** What a person would type for it. */
export function formatPodCommand(place: PodContainer, command: readonly string[]): string {
  return formatCommand([
    'kubectl',
    'exec',
    '-i',
    '-n',
    place.namespace,
    place.pod,
    '-c',
    place.container,
    '--',
    ...command,
  ]);
}

function collector(onText: (text: string) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      onText(chunk.toString('utf8'));
      done();
    },
  });
}

/** Why a command in a pod did not end well; `null` when it did. */
function failureOf(status: V1Status): string | null {
  return status.status === 'Success' ? null : (status.message ?? status.reason ?? 'it failed');
}

function describe(error: unknown): string {
  // ws gives an ErrorEvent, whose message is all that helps.
  return error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
    ? String((error as { message: unknown }).message)
    : String(error);
}

/** Runs a command in a pod to its end and resolves with its standard output. Rejects with EnvironmentError when it fails or takes longer than `deadlineMs`. */
export async function runInPod(
  place: PodContainer,
  command: readonly string[],
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
): Promise<string> {
  let output = '';
  let errors = '';
  const ended = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => ended.resolve(`no end within ${options.deadlineMs} ms`), options.deadlineMs);
  const abort = () => ended.reject(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const socket = await new Exec(place.kubeConfig).exec(
      place.namespace,
      place.pod,
      place.container,
      [...command],
      collector((text) => {
        output += text;
      }),
      collector((text) => {
        errors = (errors + text).slice(-4096);
      }),
      null,
      false,
      (status) => ended.resolve(failureOf(status)),
    );
    socket.onclose = () => ended.resolve('the connection to it was closed');
    const failure = await ended.promise.finally(() => socket.close());
    if (failure !== null) throw new Error(failure);
    return output;
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    throw new EnvironmentError(
      `a command in pod ${place.namespace}/${place.pod} failed: ${describe(error)}\n  ${formatPodCommand(place, command)}\n${errors}`.trimEnd(),
      `look at the pod: kubectl -n ${place.namespace} describe pod ${place.pod}`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

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

type Socket = Awaited<ReturnType<Exec['exec']>>;

class PodChannel implements ClientChannel {
  readonly pid = null;
  readonly command: string;
  readonly clockOffsetMs: number;
  readonly #stdin = new PassThrough();
  readonly #listener: ChannelListener;
  readonly #ended = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;
  readonly #socket: Promise<Socket | null>;
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

  async #connect({ place, command, logFile }: PodChannelOptions): Promise<Socket | null> {
    const lines = new LineSplitter(this.#listener.onLine);
    try {
      const socket = await new Exec(place.kubeConfig).exec(
        place.namespace,
        place.pod,
        place.container,
        [...command],
        collector((text) => lines.push(text)),
        collector((text) => appendFileSync(logFile, text)),
        this.#stdin,
        false,
        (status) => this.#finish(failureOf(status) ?? 'it ended'),
      );
      socket.onclose = () => this.#finish('the connection to its pod was closed');
      return socket;
    } catch (error) {
      this.#finish(`its pod cannot be reached: ${describe(error)}`);
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
