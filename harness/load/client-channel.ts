import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { programVariables } from '../system/laboratory-variables.ts';
import { formatCommand } from '../system/shell-words.ts';

const STOP_GRACE_MS = 500;

/** What comes out of a client: lines, and once its end, with why. */
export interface ChannelListener {
  readonly onLine: (line: string) => void;
  readonly onEnd: (why: string) => void;
}

/** The two-way pipe to one load client, wherever it runs: a process of this machine, or a pod. */
export interface ClientChannel {
  /** Its process on this machine; `null` where it runs elsewhere. */
  readonly pid: number | null;
  /** What a person would type to start it. */
  readonly command: string;
  /** What its clock says less what ours says, ms: 0 on this machine. */
  readonly clockOffsetMs: number;
  writeLine(line: string): void;
  /** Ends the client, however far it is. Resolves when it is gone. */
  end(): Promise<void>;
}

export type OpenChannel = (listener: ChannelListener) => ClientChannel;

/** A client as a process of this machine; its standard error is appended to `logFile`. */
export function localChannel(command: readonly string[], logFile: string): OpenChannel {
  return (listener) => new ProcessChannel(command, logFile, listener);
}

class ProcessChannel implements ClientChannel {
  readonly command: string;
  readonly clockOffsetMs = 0;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(command: readonly string[], logFile: string, listener: ChannelListener) {
    this.command = formatCommand(command);
    const [file = '', ...args] = command;
    const log = openSync(logFile, 'a');
    try {
      this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', log], env: programVariables(process.env) });
    } finally {
      closeSync(log);
    }
    this.#ended = this.#follow(listener);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  writeLine(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(killer);
  }

  #follow({ onLine, onEnd }: ChannelListener): Promise<void> {
    const child = this.#child;
    // A client that died does not read any more; its end is reported by `close`, not by the broken pipe.
    child.stdin?.on('error', () => {});
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', onLine);
    return new Promise((resolve) => {
      child.once('error', (error) => {
        onEnd(error.message);
        resolve();
      });
      child.once('close', (exitCode, signal) => {
        onEnd(signal === null ? `it ended with exit code ${exitCode}` : `it was ended by ${signal}`);
        resolve();
      });
    });
  }
}
