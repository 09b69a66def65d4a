import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import { explainDiskError } from '../../system/atomic-file.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import { CACHE_MOVED_BY } from '../../system/xdg.ts';
import { cachePath } from '../caches.ts';
import { goArchitecture } from '../kube-proxy/version.ts';
import { DEBIAN_ARCHIVE, fetchFile, listPackages } from './debian-archive.ts';
import type { FindKernelOptions } from './find-kernel.ts';
import { requireUnpacker, unpackPackage } from './unpack.ts';

const SUITE = 'bookworm';
const PACKAGE = 'busybox-static';

/**
 * Debian's statically linked BusyBox, unpacked into the cache beside the kernels when it is not there yet: only a guest needs it, and its package would drive the machine's own
 * `busybox` out. Resolves with its path.
 */
export async function fetchBusybox(options: FindKernelOptions): Promise<string> {
  const architecture = goArchitecture(process.arch);
  const root = cachePath('kernels', options.env);
  const place = join(root, `${PACKAGE}-${architecture}`);
  const program = ['bin/busybox', 'usr/bin/busybox'].map((path) => join(place, path));
  const cached = program.find((path) => existsSync(path));
  if (cached !== undefined) return cached;
  requireUnpacker(options.env);
  try {
    await makeDirectory(root, { movedBy: CACHE_MOVED_BY });
    const partial = await mkdtemp(join(root, `.${PACKAGE}.partial-`));
    try {
      await fetchInto(partial, architecture, options);
      await rename(partial, place).catch((error: unknown) => {
        // Another process was first.
        if (!existsSync(place)) throw error;
      });
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  } catch (error) {
    throw explainDiskError(error, root, CACHE_MOVED_BY);
  }
  return program.find((path) => existsSync(path)) ?? '';
}

async function fetchInto(directory: string, architecture: string, options: FindKernelOptions): Promise<void> {
  const base = options.archive ?? (options.env.BENCH_DEBIAN_ARCHIVE || DEBIAN_ARCHIVE);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const world = { exec: options.exec, base, onProgress: options.onProgress, ...signal };
  options.onProgress(`this machine has no statically linked BusyBox: fetching Debian's into the cache`);
  const { packages } = await listPackages(SUITE, [PACKAGE], { architecture, directory }, world);
  const one = packages.find(({ name }) => name === PACKAGE);
  if (one === undefined)
    throw new EnvironmentError(
      `the index of ${SUITE} at ${base} does not list ${PACKAGE}`,
      'take another mirror with --debian-archive',
    );
  const deb = join(directory, 'package.deb');
  await fetchFile({ path: one.path, to: deb, sha256: one.sha256 }, world);
  await unpackPackage(deb, directory, options.exec);
  await rm(deb);
}
