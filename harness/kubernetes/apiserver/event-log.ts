import type { Entry } from './entry.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One write. `entry` carries the write's resourceVersion, also when it deleted; `previous` is what it replaced. */
export interface Change {
  readonly type: ChangeType;
  readonly entry: Entry;
  readonly previous: Entry | null;
}

export interface EventLogLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * The last changes of one resource. Every watch reads it through a position of its own, so that a slow watch costs no memory: when it falls out of
 * the log it gets 410 Gone and lists again, as in Kubernetes.
 */
export class EventLog {
  readonly #limits: EventLogLimits;
  #changes: Change[] = [];
  #dropped = 0;
  #bytes = 0;
  #lastDroppedVersion: number;

  constructor(limits: EventLogLimits, firstVersion: number) {
    this.#limits = limits;
    this.#lastDroppedVersion = firstVersion;
  }

  /** The oldest resourceVersion that a watch can start from. */
  get oldestVersion(): number {
    return this.#lastDroppedVersion;
  }

  /** Position after the last change. */
  get end(): number {
    return this.#dropped + this.#changes.length;
  }

  append(change: Change): void {
    this.#changes.push(change);
    this.#bytes += change.entry.rest.length;
    this.#trim();
  }

  /** Position of the first change newer than `version`; `null` when changes in between are gone. */
  positionAfter(version: number): number | null {
    if (version < this.#lastDroppedVersion) return null;
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const changed = this.#changes[middle]?.entry.resourceVersion ?? Number.POSITIVE_INFINITY;
      if (changed <= version) low = middle + 1;
      else high = middle;
    }
    return this.#dropped + low;
  }

  /** The change at that position: `undefined` at the end, `null` when it is gone. */
  at(position: number): Change | null | undefined {
    return position < this.#dropped ? null : this.#changes[position - this.#dropped];
  }

  /** Cuts a tenth more than it must, so that the array is not moved at every write. */
  #trim(): void {
    const { maxEvents, maxBytes } = this.#limits;
    if (this.#changes.length <= maxEvents && this.#bytes <= maxBytes) return;
    let cut = 0;
    while (
      cut < this.#changes.length &&
      (this.#changes.length - cut > maxEvents * 0.9 || this.#bytes > maxBytes * 0.9)
    ) {
      const change = this.#changes[cut];
      if (change === undefined) break;
      this.#bytes -= change.entry.rest.length;
      this.#lastDroppedVersion = change.entry.resourceVersion;
      cut += 1;
    }
    this.#changes = this.#changes.slice(cut);
    this.#dropped += cut;
  }
}
