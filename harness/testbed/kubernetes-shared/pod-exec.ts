import { type Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { formatCommand } from '../../system/shell-words.ts';

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
  // A character may be cut by the end of a message.
  const decoder = new StringDecoder('utf8');
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      onText(decoder.write(chunk));
      done();
    },
  });
}

/** Why a command in a pod did not end well; `null` when it did. */
function failureOf(status: V1Status): string | null {
  return status.status === 'Success' ? null : (status.message ?? status.reason ?? 'it failed');
}

export function describeExecError(error: unknown): string {
  // ws gives an ErrorEvent, whose message is all that helps.
  return error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
    ? String((error as { message: unknown }).message)
    : String(error);
}

export type PodSocket = Awaited<ReturnType<Exec['exec']>>;

/** Starts a command in a pod, over a connection through the API server. `onEnd` is told why it did not end well, or `null`; a broken connection counts as an end. */
export async function startInPod(
  place: PodContainer,
  command: readonly string[],
  listener: {
    readonly stdin: Readable | null;
    readonly onOutput: (text: string) => void;
    readonly onErrors: (text: string) => void;
    readonly onEnd: (failure: string | null) => void;
  },
): Promise<PodSocket> {
  const socket = await new Exec(place.kubeConfig).exec(
    place.namespace,
    place.pod,
    place.container,
    [...command],
    collector(listener.onOutput),
    collector(listener.onErrors),
    listener.stdin,
    false,
    (status) => listener.onEnd(failureOf(status)),
  );
  socket.onclose = () => listener.onEnd('the connection to its pod was closed');
  return socket;
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
    const socket = await startInPod(place, command, {
      stdin: null,
      onOutput: (text) => {
        output += text;
      },
      onErrors: (text) => {
        errors = (errors + text).slice(-4096);
      },
      onEnd: ended.resolve,
    });
    const failure = await ended.promise.finally(() => socket.close());
    if (failure !== null) throw new Error(failure);
    return output;
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    throw new EnvironmentError(
      `a command in pod ${place.namespace}/${place.pod} failed: ${describeExecError(error)}\n  ${formatPodCommand(place, command)}\n${errors}`.trimEnd(),
      `look at the pod: kubectl -n ${place.namespace} describe pod ${place.pod}`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}
