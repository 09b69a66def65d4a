import type { ChildProcess } from 'node:child_process';

const HELD = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * While it stands, signals do not end this process: they go to the child, which ends first, and what it left is cleared after it. A terminal's
 * Ctrl-C has reached the child already; the program takes a second one as the same one.
 */
export class SignalHold implements Disposable {
  #received: NodeJS.Signals | null = null;
  #child: ChildProcess | null = null;
  readonly #listen = (signal: NodeJS.Signals): void => {
    this.#received = signal;
    this.#child?.kill(signal);
  };

  constructor() {
    for (const signal of HELD) process.on(signal, this.#listen);
  }

  /** Did one come? */
  get interrupted(): boolean {
    return this.#received !== null;
  }

  /** From now on `child` gets them; one that came before it was there too. */
  passTo(child: ChildProcess): void {
    this.#child = child;
    if (this.#received !== null) child.kill(this.#received);
  }

  [Symbol.dispose](): void {
    for (const signal of HELD) process.off(signal, this.#listen);
  }
}
