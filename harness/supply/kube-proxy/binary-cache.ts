import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeDirectory } from '../../system/make-directory.ts';
import { CACHE_MOVED_BY } from '../../system/xdg.ts';

/** What is written beside a cached binary, so that it can be checked without being started. */
const cachedBinarySchema = z.strictObject({
  /** As the binary reports itself. */
  version: z.string(),
  sha256: z.string(),
  origin: z.enum(['download', 'built']),
  /** The address that it came from, or what built it. */
  source: z.string(),
});
export type CachedBinary = z.infer<typeof cachedBinarySchema>;

/** Where one version for one architecture is kept: a directory that is there complete or absent. */
export class BinaryCache {
  readonly root: string;
  readonly #name: string;

  constructor(root: string, version: string, architecture: string) {
    this.root = root;
    this.#name = `${version}-${architecture}`;
  }

  get binaryPath(): string {
    return join(this.root, this.#name, 'kube-proxy');
  }

  get lockPath(): string {
    return join(this.root, `.${this.#name}.lock`);
  }

  /** `absent` also covers a directory from elsewhere; `damaged`: the file is not the one that was put there. */
  async read(): Promise<
    { readonly state: 'present'; readonly binary: CachedBinary } | { readonly state: 'absent' | 'damaged' }
  > {
    const text = await readFile(join(this.root, this.#name, 'origin.json'), 'utf8').catch(() => null);
    if (text === null) return { state: 'absent' };
    const parsed = cachedBinarySchema.safeParse(parseJson(text));
    if (!parsed.success) return { state: 'damaged' };
    const sha256 = await sha256OfFile(this.binaryPath).catch(() => null);
    return sha256 === parsed.data.sha256 ? { state: 'present', binary: parsed.data } : { state: 'damaged' };
  }

  /** A directory for a binary in the making. Call with the lock held: whatever such directory stands there belongs to nobody alive, and goes. */
  async makePartial(): Promise<string> {
    await this.clearPartials();
    return mkdtemp(join(this.root, this.#partialPrefix));
  }

  /** Removes what killed processes left of this version. Call with the lock held. */
  async clearPartials(): Promise<void> {
    const stale = (await readdir(this.root)).filter((name) => name.startsWith(this.#partialPrefix));
    await Promise.all(stale.map((name) => rm(join(this.root, name), { recursive: true, force: true })));
  }

  get #partialPrefix(): string {
    return `.${this.#name}.partial-`;
  }

  /** Takes `kube-proxy` out of a partial directory: everything else in it goes, and it appears under its name in one step, on disk. */
  async commit(partial: string, binary: CachedBinary): Promise<void> {
    for (const name of await readdir(partial))
      if (name !== 'kube-proxy') await rm(join(partial, name), { recursive: true, force: true });
    const note = await open(join(partial, 'origin.json'), 'wx');
    try {
      await note.writeFile(`${JSON.stringify(binary, null, 2)}\n`);
      await note.sync();
    } finally {
      await note.close();
    }
    await syncPath(join(partial, 'kube-proxy'));
    await syncPath(partial);
    await rm(join(this.root, this.#name), { recursive: true, force: true });
    await rename(partial, join(this.root, this.#name));
    await syncPath(this.root);
  }

  async make(): Promise<void> {
    await makeDirectory(this.root, { movedBy: CACHE_MOVED_BY });
  }
}

/** Versions (with architecture) of which something half made lies in the cache: in the making now, or left by a process that was killed. */
export async function listPartials(
  root: string,
): Promise<readonly { readonly version: string; readonly architecture: string }[]> {
  const names = await readdir(root).catch(() => []);
  const keys = new Set(names.flatMap((name) => /^\.(.+)\.partial-\w+$/.exec(name)?.[1] ?? []));
  return [...keys].map((key) => {
    const cut = key.lastIndexOf('-');
    return { version: key.slice(0, cut), architecture: key.slice(cut + 1) };
  });
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** sha256 of a file's bytes, in hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part as Buffer);
  return hash.digest('hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
