import { fileURLToPath } from 'node:url';
import type { LoadMessage, LoadResult, LoadSpec } from '../model/load.ts';
import { localChannel, type OpenChannel } from './client-channel.ts';
import { ClientProcess } from './client-process.ts';
import { readClocks } from './clocks.ts';
import { type ClientPlaces, mergeLoadResults } from './merge.ts';
import type { RunningLoad } from './running-load.ts';
import { type LoadShare, splitSpec } from './split.ts';

/** Between the last client's "ready" and the common start, for the start lines to reach them all. */
const START_LEAD_MS = 20;

export interface StartLoadOptions {
  /** Words that put a process where the load comes from: `['nsenter', '--net=/run/netns/x']`. They must become the command, not its parent. */
  readonly commandPrefix: readonly string[];
  readonly spec: LoadSpec;
  /** Processes that share the rate. */
  readonly clients: number;
  readonly onMessage: (message: LoadMessage) => void;
  /** Their standard error, appended. */
  readonly logFile: string;
  readonly signal: AbortSignal;
}

/** Clients that stand wherever `channels` leads: one client for each. */
export interface StartGroupOptions extends Omit<StartLoadOptions, 'commandPrefix' | 'clients'> {
  readonly channels: readonly OpenChannel[];
  readonly places: ClientPlaces;
  /** Between the last client's "ready" and the common start: longer than a start line takes to the farthest client. */
  readonly leadMs: number;
}

export type RunningLoadClient = RunningLoad & { readonly pids: readonly number[] };

/**
 * Starts the load clients of one trial and lets them begin together: each reports ready, then all get the same start time. `result` rejects with LoadLostError as soon as
 * one of them is lost, and the others are ended. Messages: of one client as they come; of several, a phase when the last client enters it, and progress summed.
 */
export function startLoadClient({ commandPrefix, clients, ...options }: StartLoadOptions): Promise<RunningLoadClient> {
  // No V8 flags: a larger young generation and --single-threaded-gc were tried and changed nothing measurable.
  const command = [...commandPrefix, process.execPath, clientPath(), '--wait'];
  const channels = Array.from({ length: clients }, () => localChannel(command, options.logFile));
  return startLoadGroup({ ...options, channels, places: 'one-namespace', leadMs: START_LEAD_MS });
}

/** The same for clients that are reached by channels of their own, such as pods. */
export async function startLoadGroup(options: StartGroupOptions): Promise<RunningLoadClient> {
  options.signal.throwIfAborted();
  const shares = splitSpec(options.spec, options.channels.length);
  const group = new ClientGroup(options, shares);
  try {
    await group.begin();
  } catch (error) {
    await group[Symbol.asyncDispose]();
    throw error;
  }
  return group;
}

type Phase = Extract<LoadMessage, { type: 'phase' }>['phase'];
const PHASES: readonly Phase[] = ['warm-up', 'idle', 'load', 'done'];

class ClientGroup implements RunningLoad {
  readonly result: Promise<LoadResult>;
  readonly #clients: readonly ClientProcess[];
  readonly #shares: readonly LoadShare[];
  readonly #onMessage: (message: LoadMessage) => void;
  readonly #signal: AbortSignal;
  readonly #abort: () => void;
  readonly #leadMs: number;
  readonly #arrivals = new Map<Phase, number>();
  readonly #reached = new Map<Phase, PromiseWithResolvers<void>>();
  readonly #progress: Extract<LoadMessage, { type: 'progress' }>[] = [];

  constructor(options: StartGroupOptions, shares: readonly LoadShare[]) {
    this.#shares = shares;
    this.#onMessage = options.onMessage;
    this.#signal = options.signal;
    for (const phase of PHASES) this.#reached.set(phase, Promise.withResolvers());
    this.#leadMs = options.leadMs;
    this.#clients = options.channels.map(
      (open, index) =>
        new ClientProcess({
          name: `load client ${index + 1} of ${shares.length}`,
          open,
          spec: shares[index]?.spec ?? options.spec,
          logFile: options.logFile,
          onMessage: (message) => this.#onClientMessage(index, message),
        }),
    );
    this.result = Promise.all(this.#clients.map((client) => client.result)).then(
      (results) => mergeLoadResults(results, options.places),
      async (error: unknown) => {
        const reason: unknown = options.signal.aborted ? options.signal.reason : error;
        for (const { reject } of this.#reached.values()) reject(reason);
        await this.#end();
        throw reason;
      },
    );
    // Whoever awaits `result` or `reached` sees the rejection; that nobody has begun to wait yet is no fault.
    this.result.catch(() => {});
    for (const { promise } of this.#reached.values()) promise.catch(() => {});
    this.#abort = () => void this.#end();
    options.signal.addEventListener('abort', this.#abort, { once: true });
  }

  get pids(): readonly number[] {
    return this.#clients.flatMap((client) => client.pid ?? []);
  }

  async begin(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.ready));
    const now = readClocks();
    for (const [index, client] of this.#clients.entries())
      client.start(now, this.#leadMs + (this.#shares[index]?.offsetMs ?? 0));
  }

  async reached(phase: 'idle' | 'load' | 'done'): Promise<void> {
    await this.#reached.get(phase)?.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    await this.#end();
  }

  async #end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }

  #onClientMessage(index: number, message: LoadMessage): void {
    if (message.type === 'phase') this.#onPhase(message);
    else if (message.type === 'progress') this.#onProgress(index, message);
  }

  #onPhase(message: Extract<LoadMessage, { type: 'phase' }>): void {
    const arrived = (this.#arrivals.get(message.phase) ?? 0) + 1;
    this.#arrivals.set(message.phase, arrived);
    if (arrived < this.#clients.length) return;
    this.#onMessage(message);
    this.#reached.get(message.phase)?.resolve();
  }

  /** Once per second, when the first client speaks again, with what is known of the others by then. */
  #onProgress(index: number, message: Extract<LoadMessage, { type: 'progress' }>): void {
    this.#progress[index] = message;
    if (index !== 0) return;
    const known = this.#progress.filter((one) => one !== undefined);
    this.#onMessage({
      type: 'progress',
      sent: known.reduce((sum, one) => sum + one.sent, 0),
      ok: known.reduce((sum, one) => sum + one.ok, 0),
      errors: known.reduce((sum, one) => sum + one.errors, 0),
    });
  }
}

function clientPath(): string {
  return fileURLToPath(new URL('./client/client.ts', import.meta.url));
}
