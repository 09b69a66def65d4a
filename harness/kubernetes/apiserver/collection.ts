import type { Entry } from './entry.ts';
import { type Change, EventLog, type EventLogLimits } from './event-log.ts';

/** How many resourceVersions a paginated list can still be continued at, per resource. */
const KEPT_SNAPSHOTS = 16;

/** The entries of a resource at one resourceVersion, in the order of their keys. Never changed afterwards. */
export interface Snapshot {
  readonly resourceVersion: number;
  readonly entries: readonly Entry[];
}

/** All objects of one resource, its log, and who waits for changes. */
export class Collection {
  readonly log: EventLog;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Set<() => void>();
  readonly #kept = new Map<number, readonly Entry[]>();
  #sorted: readonly Entry[] | null = null;

  constructor(limits: EventLogLimits, firstVersion: number) {
    this.log = new EventLog(limits, firstVersion);
  }

  get count(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Takes a change in and wakes the watches. */
  apply(change: Change): void {
    this.#sorted = null;
    if (change.type === 'DELETED') this.#entries.delete(change.entry.key);
    else this.#entries.set(change.entry.key, change.entry);
    this.log.append(change);
    for (const wake of this.#waiting) wake();
  }

  /** The entries now. Sorting is done once for as long as nothing changes. */
  snapshot(resourceVersion: number): Snapshot {
    this.#sorted ??= [...this.#entries.values()].sort(byKey);
    return { resourceVersion, entries: this.#sorted };
  }

  /** Keeps a snapshot whose list goes on in a next page; the oldest ones are forgotten. */
  keep(snapshot: Snapshot): void {
    this.#kept.delete(snapshot.resourceVersion);
    this.#kept.set(snapshot.resourceVersion, snapshot.entries);
    for (const version of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_SNAPSHOTS) break;
      this.#kept.delete(version);
    }
  }

  kept(resourceVersion: number): Snapshot | null {
    const entries = this.#kept.get(resourceVersion);
    return entries === undefined ? null : { resourceVersion, entries };
  }

  /** Calls `wake` after every change until the subscription is disposed of. */
  onChange(wake: () => void): Disposable {
    this.#waiting.add(wake);
    return { [Symbol.dispose]: () => void this.#waiting.delete(wake) };
  }
}

function byKey(left: Entry, right: Entry): number {
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}
