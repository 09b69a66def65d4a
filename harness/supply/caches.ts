import { join } from 'node:path';
import { cacheDirectory } from '../system/xdg.ts';

interface Cache {
  /** Its directory's name, or how that begins where a version stands behind it. */
  readonly name: string;
  readonly isVersioned: boolean;
  /** What it is, and how it comes back; `null` where somebody else decides what of it may go. */
  readonly why: string | null;
  /** Each part of it can go by itself. */
  readonly isInParts: boolean;
}

const WHOLE = { isVersioned: false, isInParts: false } as const;

/** Everything that this program keeps below its cache directory: who keeps something there asks for its path here, and `clean` shows it. */
const CACHES = {
  kubeProxy: { ...WHOLE, name: 'kube-proxy', why: 'kube-proxy, can be had again', isInParts: true },
  kernels: { ...WHOLE, name: 'kernels', why: 'a kernel for guests, can be fetched again', isInParts: true },
  virtme: { ...WHOLE, name: 'virtme-ng-', isVersioned: true, why: 'the starter of guests, can be fetched again' },
  compiled: { ...WHOLE, name: 'compile-cache', why: 'compiled code for guests, is made again by itself' },
  perf: { ...WHOLE, name: 'perf', why: 'tools of npm run perf, can be had again' },
  /** Their temporary directories: what dead runs left is looked for by its owner. */
  runs: { ...WHOLE, name: 'runs', why: null },
} as const satisfies Readonly<Record<string, Cache>>;

type CacheName = keyof typeof CACHES;

/** Where it is. Throws an EnvironmentError where there is no place for a cache. */
export function cachePath(
  cache: CacheName,
  env: Readonly<Record<string, string | undefined>>,
  version: string = '',
): string {
  return join(cacheDirectory(env), `${CACHES[cache].name}${version}`);
}

/** What is in the cache under that name; what an older or newer version of this program left there can go too. */
export function findCache(entry: string): Pick<Cache, 'why' | 'isInParts'> {
  const all: readonly Cache[] = Object.values(CACHES);
  const known = all.find(({ name, isVersioned }) => (isVersioned ? entry.startsWith(name) : entry === name));
  return known ?? { ...WHOLE, why: 'in the cache, can be made again' };
}
