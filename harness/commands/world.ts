import type { Exec } from '../system/exec.ts';

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
  /** The words behind the program's name, as typed. */
  readonly words: readonly string[];
}
