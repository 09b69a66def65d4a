import { closeSync, openSync, readSync } from 'node:fs';

/** Reads a growing text file: each call gives the whole lines that came since the last one. */
export class LogFollower {
  readonly #path: string;
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Whole lines since the last call, without line ends. A line that is still being written waits for the next call. */
  readNewLines(): readonly string[] {
    const file = openSync(this.#path, 'r');
    try {
      const buffer = Buffer.alloc(65536);
      for (;;) {
        const count = readSync(file, buffer, 0, buffer.length, this.#offset);
        if (count === 0) break;
        this.#offset += count;
        this.#rest += buffer.toString('utf8', 0, count);
      }
    } finally {
      closeSync(file);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
