import { existsSync } from 'node:fs';
import { readdir, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EnvironmentError, UsageError } from '../../errors.ts';
import { explainDiskError } from '../../system/atomic-file.ts';
import type { Exec } from '../../system/exec.ts';
import { acquireFileLock } from '../../system/file-lock.ts';
import { CACHE_MOVED_BY } from '../../system/xdg.ts';
import { cachePath } from '../caches.ts';
import { goArchitecture } from '../kube-proxy/version.ts';
import { DEBIAN_ARCHIVE, fetchFile, listKernel } from './debian-archive.ts';
import type { Kernel } from './kernel.ts';
import { type CachedKernel, KernelCache } from './kernel-cache.ts';
import { type DebianSuite, formatKernelSpec, type KernelSpec } from './kernel-spec.ts';
import { requireUnpacker, settleKernel, unpackPackage } from './unpack.ts';

export interface FindKernelOptions {
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Base address of Debian's archive; otherwise BENCH_DEBIAN_ARCHIVE, otherwise deb.debian.org. */
  readonly archive?: string;
  readonly onProgress: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Room that a kernel needs while it is fetched and unpacked. */
const NEEDED_BYTES = 700_000_000;

/** The kernel that a spec names, fetched into the cache when it is one of Debian's and not there yet. */
export async function findKernel(spec: KernelSpec, options: FindKernelOptions): Promise<Kernel> {
  switch (spec.kind) {
    case 'host':
      return hostKernel();
    case 'path':
      return kernelAt(spec.path);
    case 'debian':
      return (await findCachedKernel(spec.suite, options.env)) ?? (await fetchKernel(spec.suite, options));
  }
}

/** Only looks into the cache. */
export async function findCachedKernel(
  suite: DebianSuite,
  env: FindKernelOptions['env'],
): Promise<(Kernel & { readonly cached: CachedKernel }) | null> {
  const cache = cacheOf(env);
  const cached = await cache.read(suite);
  if (cached === null) return null;
  const directory = cache.directory(suite);
  const main = cached.packages.find((one) => one.name.endsWith(cached.release)) ?? cached.packages[0];
  return {
    word: formatKernelSpec({ kind: 'debian', suite }),
    release: cached.release,
    imagePath: join(directory, `boot/vmlinuz-${cached.release}`),
    modulesPath: join(directory, `lib/modules/${cached.release}`),
    configPath: existing(join(directory, `boot/config-${cached.release}`)),
    origin: `Debian ${suite}, ${main?.name ?? ''} ${main?.version ?? ''}`,
    cached,
  };
}

function cacheOf(env: FindKernelOptions['env']): KernelCache {
  return new KernelCache(cachePath('kernels', env), goArchitecture(process.arch));
}

function existing(path: string): string | null {
  return existsSync(path) ? path : null;
}

/** Fetches a suite's kernel, also when one is cached. */
export async function fetchKernel(suite: DebianSuite, options: FindKernelOptions): Promise<Kernel> {
  requireUnpacker(options.env);
  const cache = cacheOf(options.env);
  try {
    await cache.make();
    await using _lock = await acquireFileLock(
      cache.lockPath(suite),
      () => options.onProgress(`waiting for another process that is fetching the kernel of ${suite}`),
      options.signal,
    );
    await fetchIntoCache(suite, cache, options);
  } catch (error) {
    throw explainDiskError(error, cache.root, CACHE_MOVED_BY);
  }
  const kernel = await findCachedKernel(suite, options.env);
  if (kernel === null) throw new Error(`the kernel of ${suite} was put into the cache and is not there`);
  return kernel;
}

async function fetchIntoCache(suite: DebianSuite, cache: KernelCache, options: FindKernelOptions): Promise<void> {
  await requireRoom(cache.root);
  const architecture = goArchitecture(process.arch);
  const base = options.archive ?? (options.env.BENCH_DEBIAN_ARCHIVE || DEBIAN_ARCHIVE);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const world = { exec: options.exec, base, onProgress: options.onProgress, ...signal };
  const partial = await cache.makePartial(suite);
  try {
    options.onProgress(`reading the index of Debian ${suite}`);
    const { packages, trust } = await listKernel(suite, { architecture, directory: partial }, world);
    if (trust.kind === 'unchecked')
      options.onProgress(`the index's signature was not checked: ${trust.why} (${trust.remedy})`);
    for (const one of packages) {
      const deb = join(partial, 'package.deb');
      if (one.sizeBytes > 1_000_000)
        options.onProgress(`fetching ${one.name} ${one.version} (${Math.round(one.sizeBytes / 1e6)} MB)`);
      await fetchFile({ path: one.path, to: deb, sha256: one.sha256 }, world);
      await unpackPackage(deb, partial, options.exec);
      await rm(deb);
      options.signal?.throwIfAborted();
    }
    const release = await settleKernel(partial, options.exec);
    await cache.commit(suite, partial, {
      suite,
      release,
      architecture,
      packages: packages.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
      archive: base,
      signature: trust.kind === 'signed' ? 'signed' : trust.why,
      fetchedAt: new Date().toISOString(),
    });
    options.onProgress(`kernel ${release} is at ${cache.directory(suite)}`);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function requireRoom(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= NEEDED_BYTES) return;
  throw new EnvironmentError(
    `${Math.round((bavail * bsize) / 1e6)} MB are free in ${directory}, a kernel needs ${NEEDED_BYTES / 1e6} MB while it is unpacked`,
    'make room there (npm run clean shows what can go), or name another place with XDG_CACHE_HOME',
  );
}

/** A vmlinuz and what belongs to it: `boot/vmlinuz-R` or `/lib/modules/R/vmlinuz`, modules in lib/modules/R of the same root. */
function kernelAt(path: string, word: string = path): Kernel {
  if (!existsSync(path))
    throw new UsageError(`${path} is not there`, 'give the path of a vmlinuz, or one of what npm run kernels lists');
  const release = /vmlinuz-(.+)$/.exec(basename(path))?.[1] ?? basename(dirname(path));
  const root = dirname(dirname(path));
  const modules = [
    join(root, 'lib/modules', release),
    join(root, 'usr/lib/modules', release),
    join('/lib/modules', release),
    dirname(path),
  ].find((one) => existsSync(join(one, 'modules.dep')));
  if (modules === undefined)
    throw new UsageError(
      `${path} has no modules beside it (lib/modules/${release}/modules.dep): a guest could not read the host's files`,
      'give a vmlinuz whose modules stand in lib/modules of the same root, or run depmod for them',
    );
  return {
    word,
    release,
    imagePath: path,
    modulesPath: modules,
    configPath: existing(join(dirname(path), `config-${release}`)) ?? existing(join(modules, 'config')),
    origin: path,
  };
}

async function hostKernel(): Promise<Kernel> {
  const images = (await readdir('/boot').catch(() => [])).filter((name) => /^vmlinuz-.+/.test(name)).sort(byVersion);
  const [newest] = images;
  if (newest === undefined)
    throw new EnvironmentError(
      'no kernel is installed in /boot: this machine is started with one from outside',
      'take one of Debian instead: --kernel debian:bookworm',
    );
  return kernelAt(join('/boot', newest), 'host');
}

/** Newest first, by the numbers in the names. */
function byVersion(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
