import { describe, expect, it } from 'vitest';
import { findLacks } from './resources.ts';

const PLENTY = { freeDiskBytes: 1e12, availableMemoryBytes: 1e12, inotifyInstances: 8192, inotifyWatches: 1e6 };

describe('what the machine has for so many clusters', () => {
  it('disk, memory and inotify limits are held against the number of clusters, and each lack is told with both numbers', () => {
    expect(findLacks(PLENTY, { clusters: 3, services: 10_000 })).toEqual([]);
    const little = { freeDiskBytes: 5e9, availableMemoryBytes: 2e9, inotifyInstances: 64, inotifyWatches: 1e6 };
    const lacks = findLacks(little, { clusters: 2, services: 10_000 });
    expect(lacks.map(({ code }) => code)).toEqual(['disk', 'memory', 'inotify-instances']);
    expect(lacks[0]?.message).toBe(
      '12.0 GB of disk where the engine keeps its containers are needed, there are 5.0 GB of disk where the engine keeps its containers',
    );
    expect(lacks[2]?.remedy).toContain('fs.inotify.max_user_instances');
  });

  it('what cannot be read is not held against the machine', () => {
    const unknown = { ...PLENTY, freeDiskBytes: null, inotifyInstances: null, inotifyWatches: null };
    expect(findLacks(unknown, { clusters: 9, services: 10_000 })).toEqual([]);
  });
});
