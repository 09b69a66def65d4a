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

/** A file system's short name of a failure ("ENOSPC"); '' for anything else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What a user can fix about a path that cannot be written. */
const WRITE_FAILURES: Readonly<
  Record<string, (path: string, elsewhere: string) => { readonly what: string; readonly remedy: string }>
> = {
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  EACCES: mayNot,
  EPERM: mayNot,
  EROFS: mayNot,
  EEXIST: inTheWay,
  ENOTDIR: inTheWay,
  EISDIR: inTheWay,
  ENOTEMPTY: inTheWay,
  ELOOP: inTheWay,
  ENOENT: (path) => ({
    what: `cannot write ${path}: ${dirname(path)} is gone, somebody took it away meanwhile`,
    remedy: 'type the same command again, and leave its folders where they are until it ends',
  }),
  ENAMETOOLONG: (path) => ({ what: `a name is too long in ${path}`, remedy: 'take a shorter name' }),
  EIO: (path, elsewhere) => ({
    what: `the disk failed while writing ${path}`,
    remedy: `look at the disk (dmesg), or ${elsewhere}`,
  }),
};

function noSpace(path: string, elsewhere: string) {
  return {
    what: `no space left to write ${path}`,
    remedy: `make room there (npm run clean shows what this program can give back), or ${elsewhere}; then type the same command again`,
  };
}

function mayNot(path: string, elsewhere: string) {
  return {
    what: `may not write ${path}`,
    remedy: `make ${dirname(path)} writable for this user, or ${elsewhere}`,
  };
}

function inTheWay(path: string, elsewhere: string) {
  return {
    what: `cannot write ${path}: something else stands there or above it, and is no directory or no file where one has to be`,
    remedy: `${elsewhere}, or move it away`,
  };
}

/**
 * Failures to write that a user can fix become EnvironmentErrors; anything else is handed back as it is. `movedBy`: the flag or variable that names
 * another place.
 */
export function explainDiskError(error: unknown, path: string, movedBy?: string): unknown {
  const code = errorCode(error);
  const failure = Object.hasOwn(WRITE_FAILURES, code) ? WRITE_FAILURES[code]?.(path, nameAnother(movedBy)) : undefined;
  if (failure === undefined) return error;
  return new EnvironmentError(`${failure.what} (${code})`, failure.remedy, { cause: error });
}

/** The remedy's words. */
export function nameAnother(movedBy: string | undefined): string {
  return movedBy === undefined ? 'name another place' : `name another place with ${movedBy}`;
}
