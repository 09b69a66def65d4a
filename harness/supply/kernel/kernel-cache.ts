import { mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncDirectory } from '../../system/atomic-file.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import { CACHE_MOVED_BY } from '../../system/xdg.ts';
import type { DebianSuite } from './kernel-spec.ts';

/** What is beside an unpacked kernel. */
const cachedKernelSchema = z.strictObject({
  suite: z.string(),
  release: z.string(),
  architecture: z.string(),
  packages: z.array(z.strictObject({ name: z.string(), version: z.string(), sha256: z.string() })),
  archive: z.string(),
  /** `signed`, or why the index's signature was not checked. */
  signature: z.string(),
  fetchedAt: z.iso.datetime(),
});
export type CachedKernel = z.infer<typeof cachedKernelSchema>;

/**
 * The kernels that were fetched: one directory per suite and architecture with `boot/` and `lib/modules/`, there complete or absent. It is below the user's cache,
 * so that nothing of the system is touched.
 */
export class KernelCache {
  readonly root: string;
  readonly #architecture: string;

  constructor(root: string, architecture: string) {
    this.root = root;
    this.#architecture = architecture;
  }

  directory(suite: DebianSuite): string {
    return join(this.root, `debian-${suite}-${this.#architecture}`);
  }

  lockPath(suite: DebianSuite): string {
    return join(this.root, `.debian-${suite}-${this.#architecture}.lock`);
  }

  /** `null` when it is not there, or was put there by another version of this program that knew less of it. */
  async read(suite: DebianSuite): Promise<CachedKernel | null> {
    const text = await readFile(join(this.directory(suite), 'origin.json'), 'utf8').catch(() => null);
    if (text === null) return null;
    try {
      return cachedKernelSchema.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  /** An empty directory for a kernel in the making. Call with the lock held: what an earlier process left of this suite belongs to nobody, and goes. */
  async makePartial(suite: DebianSuite): Promise<string> {
    const prefix = `.debian-${suite}-${this.#architecture}.partial-`;
    for (const name of await readdir(this.root)) {
      if (name.startsWith(prefix)) await rm(join(this.root, name), { recursive: true, force: true });
    }
    return mkdtemp(join(this.root, prefix));
  }

  /** Gives a whole partial directory its name; what had that name goes. */
  async commit(suite: DebianSuite, partial: string, kernel: CachedKernel): Promise<void> {
    const note = await open(join(partial, 'origin.json'), 'wx');
    try {
      await note.writeFile(`${JSON.stringify(cachedKernelSchema.parse(kernel), null, 2)}\n`);
      await note.sync();
    } finally {
      await note.close();
    }
    await rm(this.directory(suite), { recursive: true, force: true });
    await rename(partial, this.directory(suite));
    await syncDirectory(this.root);
  }

  async make(): Promise<void> {
    await makeDirectory(this.root, { movedBy: CACHE_MOVED_BY });
  }
}
