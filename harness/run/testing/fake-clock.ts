import type { Clock } from '../../system/clock.ts';

/** A clock that stands still until somebody moves it. */
export class FakeClock implements Clock {
  #elapsedMs = 0;

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  wallMs(): number {
    return Date.UTC(2026, 0, 2) + this.#elapsedMs;
  }

  advance(ms: number): void {
    this.#elapsedMs += ms;
  }
}
