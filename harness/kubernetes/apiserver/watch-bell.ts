/** Longest time that setTimeout can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a watch waits for when it has sent everything: a change, its next bookmark, its end. */
export class WatchBell implements Disposable {
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #signal: AbortSignal;
  readonly #abort: () => void;
  #resolve: (() => void) | null = null;
  #rung = false;
  #bookmarkDue = false;
  #over = false;

  constructor(options: {
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
    readonly bookmarkIntervalMs: number;
  }) {
    this.#signal = options.signal;
    this.#abort = () => this.#end();
    this.#signal.addEventListener('abort', this.#abort);
    this.#timers = [
      setTimeout(() => this.#end(), Math.min(options.timeoutMs, MAX_TIMER_MS)),
      setInterval(() => this.#remind(), Math.min(options.bookmarkIntervalMs, MAX_TIMER_MS)),
    ];
  }

  get isOver(): boolean {
    return this.#over || this.#signal.aborted;
  }

  /** Is a bookmark due? Then it counts as sent. */
  takeBookmark(): boolean {
    const due = this.#bookmarkDue;
    this.#bookmarkDue = false;
    return due;
  }

  wake(): void {
    this.#rung = true;
    this.#resolve?.();
  }

  /** Resolves at the next ring, or at once when it rang since the last call. */
  async next(): Promise<void> {
    if (!this.#rung && !this.isOver) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    }
    this.#rung = false;
    this.#resolve = null;
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#abort);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #end(): void {
    this.#over = true;
    this.wake();
  }

  #remind(): void {
    this.#bookmarkDue = true;
    this.wake();
  }
}
