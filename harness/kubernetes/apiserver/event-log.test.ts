import { describe, expect, it } from 'vitest';
import type { Entry } from './entry.ts';
import { EventLog } from './event-log.ts';

function entry(resourceVersion: number, rest = '}'): Entry {
  return {
    key: '/x',
    namespace: '',
    name: 'x',
    uid: 'u',
    creationTimestamp: '',
    generation: 0,
    labels: {},
    resourceVersion,
    rest,
  };
}

function fill(log: EventLog, from: number, to: number, rest?: string): void {
  for (let version = from; version <= to; version += 1) {
    log.append({ type: 'ADDED', entry: entry(version, rest), previous: null });
  }
}

describe('EventLog', () => {
  it('finds the first change after a version, also between versions of other resources', () => {
    const log = new EventLog({ maxEvents: 100, maxBytes: 1e6 }, 1);
    for (const version of [5, 9, 12]) log.append({ type: 'ADDED', entry: entry(version), previous: null });
    expect([1, 5, 8, 9, 12, 99].map((version) => log.positionAfter(version))).toEqual([0, 1, 1, 2, 3, 3]);
    expect(log.at(3)).toBeUndefined();
  });

  it('keeps no more changes than it may, and says which versions are gone', () => {
    const log = new EventLog({ maxEvents: 10, maxBytes: 1e6 }, 1);
    fill(log, 2, 1_000);
    expect(log.positionAfter(1)).toBeNull();
    expect(log.positionAfter(log.oldestVersion)).not.toBeNull();
    expect(log.positionAfter(log.oldestVersion - 1)).toBeNull();
    expect(1_000 - log.oldestVersion).toBeLessThanOrEqual(10);
    expect(log.at(0)).toBeNull();
  });

  it('keeps positions valid while its beginning is cut off', () => {
    const log = new EventLog({ maxEvents: 10, maxBytes: 1e6 }, 1);
    fill(log, 2, 9);
    const position = log.end;
    fill(log, 10, 12);
    expect(log.at(position)?.entry.resourceVersion).toBe(10);
  });

  it('keeps no more bytes than it may', () => {
    const log = new EventLog({ maxEvents: 1_000, maxBytes: 10_000 }, 1);
    fill(log, 2, 200, 'x'.repeat(1_000));
    expect(200 - log.oldestVersion).toBeLessThanOrEqual(10);
  });
});
