import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EnvironmentError } from '../errors.ts';

/**
 * Writes a whole file so that a reader, or a machine that loses power, finds the old one or the new one and never a part: a temporary name
 * beside it, fsync, rename, fsync of the directory.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    await writeAndSync(temporary, content);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainDiskError(error, path);
  }
}

async function writeAndSync(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name in a directory lasts only once the directory itself is on the disk. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Failures to write that a user can mend become EnvironmentErrors; anything else is handed back as it is. */
export function explainDiskError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const remedy = `make room there (npm run clean shows what this program can give back), then go on with --resume`;
    return new EnvironmentError(`no space left to write ${path} (${code})`, remedy, options);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new EnvironmentError(
      `may not write ${path} (${code})`,
      `make ${dirname(path)} writable for this user`,
      options,
    );
  return error;
}
