import { readFile } from 'node:fs/promises';
import { errorCode, writeFileAtomically } from '../system/atomic-file.ts';
import { explainReadError } from '../system/read-error.ts';

/** A file's bytes; `null` when there is none. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  return readFile(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw explainReadError(error, path);
  });
}

/** Writes only what changed, so that a second run touches nothing. */
export async function writeIfChanged(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = Buffer.from(content);
  const old = await readIfThere(path);
  if (old === null || !old.equals(bytes)) await writeFileAtomically(path, bytes);
}
