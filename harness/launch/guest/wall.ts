import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '../../model/run-event.ts';
import { LogFollower } from '../../system/log-follower.ts';
import { makeDirectory } from '../../system/make-directory.ts';

/**
 * The openings in the guest's wall: files in a directory that both sides see. Out come events, error text, a sign of life and the exit code, in goes the wish to stop. Files
 * and not serial ports, because what was written stays when the guest dies.
 */
export const WALL = {
  request: 'request.json',
  script: 'guest.sh',
  events: 'events.ndjson',
  stderr: 'stderr.txt',
  /** What the guest's first script says: nothing, when all goes well. */
  scriptWords: 'script.txt',
  exitCode: 'exit-code',
  stop: 'stop',
  alive: 'alive',
  /** What a kernel answered that was only asked (ask-guest.ts). */
  answer: 'answer.json',
} as const;

/** The host's side of the wall. */
export class WallOutside {
  readonly directory: string;
  readonly #events: LogFollower;
  readonly #stderr: LogFollower;
  #saidErrors = false;
  #sign = '';
  #signSeenMs: number | null = null;

  private constructor(directory: string) {
    this.directory = directory;
    this.#events = new LogFollower(join(directory, WALL.events));
    this.#stderr = new LogFollower(join(directory, WALL.stderr));
  }

  static async make(directory: string): Promise<WallOutside> {
    await makeDirectory(directory);
    for (const name of [WALL.events, WALL.stderr, WALL.scriptWords]) await writeFile(join(directory, name), '');
    return new WallOutside(directory);
  }

  /** Events that came since the last call. Lines that are none are left out: nothing but events is written there. */
  readEvents(): readonly RunEvent[] {
    return this.#events.readNewLines().flatMap((line) => {
      try {
        return [JSON.parse(line) as RunEvent];
      } catch {
        return [];
      }
    });
  }

  readErrorLines(): readonly string[] {
    const lines = this.#stderr.readNewLines();
    if (lines.some((line) => line.trim() !== '')) this.#saidErrors = true;
    return lines;
  }

  /** Whether the program inside has said anything of what went wrong. */
  get saidErrors(): boolean {
    return this.#saidErrors;
  }

  /** Asks the guest to stop, as Ctrl-C would. */
  stop(): void {
    writeFileSync(join(this.directory, WALL.stop), '');
  }

  /** When (performance.now()) the last sign of life was seen here; `null` before the first. The guest's own clock, which dates the file, decides nothing. */
  lastAliveMs(): number | null {
    const path = join(this.directory, WALL.alive);
    const sign = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (sign !== '' && sign !== this.#sign) {
      this.#sign = sign;
      this.#signSeenMs = performance.now();
    }
    return this.#signSeenMs;
  }

  /** `null` when the guest ended without one. */
  exitCode(): number | null {
    const path = join(this.directory, WALL.exitCode);
    if (!existsSync(path)) return null;
    const code = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(code) ? code : null;
  }

  scriptWords(): string {
    return readFileSync(join(this.directory, WALL.scriptWords), 'utf8');
  }
}

/** The guest's side: tells that it lives and looks whether it is to stop. */
export function startWallInside(directory: string, onStop: () => void): Disposable {
  let stopped = false;
  let tick = 0;
  const alive = join(directory, WALL.alive);
  const look = () => {
    tick += 1;
    if (tick % 8 === 1) writeFileSync(alive, String(tick));
    if (stopped || !existsSync(join(directory, WALL.stop))) return;
    stopped = true;
    onStop();
  };
  look();
  const timer = setInterval(look, 250);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
