import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Text is sent in pieces of about this size: fewer system calls than object by object, and never a whole list in memory. */
const PIECE_CHARACTERS = 64 * 1024;

/** Writes text to a response no faster than the client takes it. */
export class TextStream {
  readonly #response: ServerResponse;
  #pending: string[] = [];
  #characters = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Is there enough for a piece? Then `flush` before adding more. */
  get isFull(): boolean {
    return this.#characters >= PIECE_CHARACTERS;
  }

  add(...texts: readonly string[]): void {
    for (const text of texts) {
      this.#pending.push(text);
      this.#characters += text.length;
    }
  }

  /** Sends what was added, and resolves when the client has room for more or is gone. */
  async flush(): Promise<void> {
    if (this.#characters === 0 || !this.isOpen) return;
    const piece = this.#pending.join('');
    this.#pending = [];
    this.#characters = 0;
    if (this.#response.write(piece)) return;
    const gone = new AbortController();
    const leave = () => gone.abort();
    this.#response.once('close', leave);
    await once(this.#response, 'drain', { signal: gone.signal }).catch(() => undefined);
    this.#response.off('close', leave);
  }
}
