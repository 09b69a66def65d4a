import type { Exec } from './exec.ts';

/** What a command may touch, passed in at the edge. */
export interface CommandWorld {
  readonly streams: {
    /** Absent where nobody can answer. */
    readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
    readonly stdout: NodeJS.WritableStream;
    readonly stderr: NodeJS.WriteStream | NodeJS.WritableStream;
  };
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Called by whatever has to end in its own way: until it is disposed of, a signal only aborts `signal`. Without it a signal ends the program at once, whatever it does. */
  readonly deferSignals: () => Disposable;
  /** The words after the program's name, as typed. */
  readonly words: readonly string[];
}
