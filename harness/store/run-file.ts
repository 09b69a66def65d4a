import { readFile, stat } from 'node:fs/promises';
import type { InvalidRunError } from '../errors.ts';
import { errorCode } from '../system/atomic-file.ts';
import { explainReadError } from '../system/read-error.ts';
import { damaged } from './journal-lines.ts';

/** Node reads no larger file into memory at once. */
export const MOST_JOURNAL_BYTES = 2 ** 31 - 1;
/** The largest header so far has 50 kB. */
export const MOST_HEADER_BYTES = 64 * 2 ** 20;

/** The bytes of a stored run's file; `null` when it is not there. Rejects (exit 4) what is no file, and what is larger than a run's file can be. */
export async function readRunFile(path: string, mostBytes: number): Promise<Buffer | null> {
  try {
    const found = await stat(path);
    if (!found.isFile())
      throw damaged(path, 1, `is ${found.isDirectory() ? 'a directory' : 'a device or a pipe'}, not a file`);
    if (found.size > mostBytes) throw tooLarge(path, found.size, mostBytes);
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw explainReadError(error, path);
  }
}

function tooLarge(path: string, sizeBytes: number, mostBytes: number): InvalidRunError {
  return damaged(path, 1, `has ${formatMib(sizeBytes)} MiB, and such a file of a run at most ${formatMib(mostBytes)}`);
}

function formatMib(bytes: number): string {
  return Math.round(bytes / 2 ** 20).toLocaleString('en');
}
