import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError } from '../../errors.ts';
import { toolVariables } from '../../system/laboratory-variables.ts';
import { describeEnd, MEMORY_REMEDY, readMemoryKills, wasKilledForMemory } from '../../system/memory-kills.ts';
import { formatCommand } from '../../system/shell-words.ts';
import { readThreadCpuUs } from '../process-cpu.ts';
import type { CapturePlace } from './capture-place.ts';
import { parseLastCounts, type TcpdumpCounts } from './tcpdump-text.ts';

const LOOK_MS = 10;

/** A tcpdump that writes into a capture's place: what it said so far, and its end. */
export class Tcpdump {
  readonly #child: ChildProcess;
  readonly #command: readonly string[];
  readonly #place: CapturePlace;
  readonly #ended: Promise<void>;
  #running = true;
  #startFailure = '';
  /** How it ended where a signal ended it. */
  #killed: { readonly text: string; readonly forMemory: boolean } | null = null;

  constructor(command: readonly string[], place: CapturePlace, signal: AbortSignal) {
    const [file = '', ...args] = command;
    this.#command = command;
    this.#place = place;
    this.#child = place.withMessages((messages) =>
      spawn(file, args, { stdio: ['ignore', 'ignore', messages], env: toolVariables(process.env), signal }),
    );
    const killsBefore = readMemoryKills();
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#running = false;
        resolve();
      };
      this.#child.once('exit', (exitCode, by) => {
        const how = { exitCode, signal: by };
        if (by !== null)
          this.#killed = { text: describeEnd(how, killsBefore), forMemory: wasKilledForMemory(how, killsBefore) };
        end();
      });
      this.#child.once('error', (error) => {
        this.#startFailure = error.message;
        // An abort is reported as an error first; the process ends later, with an event of its own.
        if (this.#child.pid === undefined) end();
      });
    });
  }

  /** 0 when it could not be started at all, which `waitFor` tells. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  cpuUs(): number | null {
    return readThreadCpuUs(this.pid);
  }

  async counts(): Promise<TcpdumpCounts | null> {
    return parseLastCounts(await this.#place.messages());
  }

  /** Resolves when its messages satisfy `isReached`; rejects with EnvironmentError when the process ends first or time runs out. */
  async waitFor(isReached: (messages: string) => boolean, deadlineMs: number, failure: string): Promise<void> {
    const startedMs = performance.now();
    for (;;) {
      const wasRunning = this.#running;
      const messages = await this.#place.messages();
      if (isReached(messages)) return;
      if (!wasRunning || performance.now() - startedMs > deadlineMs) throw this.failure(failure, messages);
      await delay(LOOK_MS);
    }
  }

  /** Asks for the counts so far, without ending. */
  async askCounts(deadlineMs: number): Promise<TcpdumpCounts | null> {
    const { length } = await this.#place.messages();
    this.#child.kill('SIGUSR1');
    await this.waitFor(
      (messages) => parseLastCounts(messages.slice(length)) !== null,
      deadlineMs,
      'did not tell its counts',
    );
    return await this.counts();
  }

  /** SIGINT makes tcpdump write what it holds and tell its counts. */
  async stop(): Promise<void> {
    if (this.#running) this.#child.kill('SIGINT');
    await this.#ended;
  }

  /** Why it is of no use: who ended it, if somebody did, else `what`. */
  failure(what: string, messages = ''): EnvironmentError {
    const text = `${messages}${this.#startFailure}`.trim().slice(-2000);
    const killed = this.#killed;
    if (killed !== null)
      return new EnvironmentError(
        `tcpdump ${killed.text}`,
        killed.forMemory ? MEMORY_REMEDY : `find out what ended it and try again, or ${WITHOUT}`,
      );
    return new EnvironmentError(
      `tcpdump ${what}: ${text || 'it said nothing'}\n  ${formatCommand(this.#command)}`,
      /permission denied/i.test(text) ? DENIED : WITHOUT,
    );
  }
}

const WITHOUT = 'measure without the wire, and so without the handshake: --no-wire';
const DENIED = `AppArmor or SELinux may confine tcpdump here: see "sudo dmesg | grep -i denied", and allow it (AppArmor: sudo aa-complain tcpdump); or ${WITHOUT}`;
