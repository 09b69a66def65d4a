import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../errors.ts';
import { arrangeClusters, findLacks } from './resources.ts';

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

  it('what does not fit side by side stands one at a time, and the reason has the numbers', () => {
    const demand = { clusters: 3, services: 10_000, asked: 'auto' } as const;
    expect(arrangeClusters(PLENTY, demand)).toEqual({ standing: 'side-by-side', reason: null });
    const laptop = { ...PLENTY, availableMemoryBytes: 4e9 };
    const arranged = arrangeClusters(laptop, demand);
    expect(arranged.standing).toBe('one-at-a-time');
    expect(arranged.reason?.message).toContain('6.3 GB of memory are needed, there are 4.0 GB of memory');
    expect(arrangeClusters(PLENTY, { ...demand, asked: 'one-at-a-time' }).standing).toBe('one-at-a-time');
    expect(() => arrangeClusters(laptop, { ...demand, asked: 'side-by-side' })).toThrow(EnvironmentError);
    const tiny = { ...PLENTY, availableMemoryBytes: 1e9 };
    expect(() => arrangeClusters(tiny, demand)).toThrow(/a kind cluster: 2\.1 GB of memory are needed/);
  });

  it('what cannot be read is not held against the machine', () => {
    const unknown = { ...PLENTY, freeDiskBytes: null, inotifyInstances: null, inotifyWatches: null };
    expect(findLacks(unknown, { clusters: 9, services: 10_000 })).toEqual([]);
  });
});
