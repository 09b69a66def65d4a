import { readFileSync, statfsSync } from 'node:fs';
import { EnvironmentError } from '../../errors.ts';
import { readAvailableMemoryBytes } from '../../measure/memory.ts';
import type { Standing } from '../../model/plan.ts';
import type { Reason } from '../../model/reason.ts';
import type { Arrangement } from '../testbed.ts';
import type { Engine } from './engine.ts';

/** What one cluster of three nodes takes here (measured: kind 0.27, Kubernetes 1.20 and 1.3-1.7 GB of disk, 560 + 2 x 157 MiB, 12 inotify instances a node). */
const CLUSTER_NEEDS = {
  diskBytes: 6e9,
  memoryBytes: 1.1e9,
  /** Services and slices in etcd, the API server, the controllers and three kube-proxies. */
  memoryBytesPerService: 100e3,
  inotifyInstances: 40,
  inotifyWatches: 2000,
} as const;

export interface Resources {
  readonly freeDiskBytes: number | null;
  readonly availableMemoryBytes: number;
  readonly inotifyInstances: number | null;
  readonly inotifyWatches: number | null;
}

export function readResources(engine: Engine): Resources {
  return {
    freeDiskBytes: freeBytes(engine.directory),
    availableMemoryBytes: readAvailableMemoryBytes(),
    inotifyInstances: readLimit('max_user_instances'),
    inotifyWatches: readLimit('max_user_watches'),
  };
}

function freeBytes(directory: string | null): number | null {
  if (directory === null) return null;
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function readLimit(name: string): number | null {
  try {
    return Number(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'));
  } catch {
    return null;
  }
}

/** What is too little for so many clusters, said before the first is created; empty when all is well. Pure. */
export function findLacks(resources: Resources, demand: { clusters: number; services: number }): readonly Reason[] {
  const { clusters, services } = demand;
  const memoryBytes = clusters * (CLUSTER_NEEDS.memoryBytes + services * CLUSTER_NEEDS.memoryBytesPerService);
  return [
    lack('disk', resources.freeDiskBytes, clusters * CLUSTER_NEEDS.diskBytes, {
      text: (bytes) => `${(bytes / 1e9).toFixed(1)} GB of disk where the engine keeps its containers`,
      remedy: 'free space there (docker system prune), or compare fewer modes',
    }),
    lack('memory', resources.availableMemoryBytes, memoryBytes, {
      text: (bytes) => `${(bytes / 1e9).toFixed(1)} GB of memory`,
      remedy: 'compare fewer modes or smaller sizes, or have clusters stand one at a time (--clusters one-at-a-time)',
    }),
    lack('inotify-instances', resources.inotifyInstances, clusters * CLUSTER_NEEDS.inotifyInstances, {
      text: (count) => `${count} inotify instances (fs.inotify.max_user_instances)`,
      remedy: 'as root: sysctl -w fs.inotify.max_user_instances=512',
    }),
    lack('inotify-watches', resources.inotifyWatches, clusters * CLUSTER_NEEDS.inotifyWatches, {
      text: (count) => `${count} inotify watches (fs.inotify.max_user_watches)`,
      remedy: 'as root: sysctl -w fs.inotify.max_user_watches=524288',
    }),
  ].filter((reason) => reason !== null);
}

/**
 * Side by side when there is room for all clusters, so that their rounds interleave; otherwise, or when asked for, one at a time. Throws an EnvironmentError with the numbers
 * when there is no room for what was asked. Pure.
 */
export function arrangeClusters(
  resources: Resources,
  demand: { readonly clusters: number; readonly services: number; readonly asked: 'auto' | Standing },
): Arrangement {
  const { clusters, services, asked } = demand;
  const forAll = findLacks(resources, { clusters, services });
  const forOne = findLacks(resources, { clusters: 1, services });
  if (asked === 'one-at-a-time' && forOne.length === 0) return oneAtATime('as asked for');
  if (asked !== 'one-at-a-time' && forAll.length === 0) return { standing: 'side-by-side', reason: null };
  if (asked === 'auto' && forOne.length === 0) return oneAtATime(describeLacks(forAll));
  const [lacks, standing] = asked === 'side-by-side' ? [forAll, clusters] : [forOne, 1];
  throw new EnvironmentError(
    `this machine has too little for ${standing === 1 ? 'a kind cluster' : `${standing} kind clusters`}: ${describeLacks(lacks)}`,
    lacks.map((one) => one.remedy).join('; '),
  );
}

function describeLacks(lacks: readonly Reason[]): string {
  return lacks.map((one) => one.message).join('; ');
}

function oneAtATime(why: string): Arrangement {
  return {
    standing: 'one-at-a-time',
    reason: {
      code: 'one-cluster-at-a-time',
      message: `clusters stand one at a time (${why}): a mode's is made anew for its turn in a round (kept where it ends one round and begins the next), and modes of a round are minutes apart, so that what drifts meanwhile widens the intervals`,
      remedy: 'give the machine room for all of them side by side, or compare fewer modes',
    },
  };
}

function lack(
  code: string,
  found: number | null,
  needed: number,
  words: { text: (amount: number) => string; remedy: string },
): Reason | null {
  if (found === null || found >= needed) return null;
  return { code, message: `${words.text(needed)} are needed, there are ${words.text(found)}`, remedy: words.remedy };
}
