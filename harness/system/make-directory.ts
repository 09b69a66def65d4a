import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { errorCode, explainDiskError, nameAnother } from './atomic-file.ts';

const NO_PLACE = 'NO_PLACE';

/**
 * Makes a directory and what is missing above it; one that is there already is fine. The only way to make directories in this program: `mkdir` with
 * `recursive` never ends below /proc (Node 20 to 26), where nothing can be made and the kernel says ENOENT although the parent is there.
 * Rejects with an EnvironmentError (exit 3) that names the place. `mode` is that of the last part; `movedBy` is the flag or variable that
 * names another place, for the remedy.
 */
export async function makeDirectory(
  path: string,
  options: { readonly mode?: number; readonly movedBy?: string } = {},
): Promise<void> {
  const whole = resolve(path);
  try {
    await makeWithParents(whole, options.mode);
  } catch (error) {
    if (errorCode(error) !== NO_PLACE) throw explainDiskError(error, whole, options.movedBy);
    const why = error instanceof Error ? error.message : '';
    throw new EnvironmentError(
      `cannot make ${whole}: ${why}`,
      `${nameAnother(options.movedBy)}, on an ordinary file system`,
      {
        cause: error,
      },
    );
  }
}

async function makeWithParents(path: string, mode: number | undefined): Promise<void> {
  const error = await makeOne(path, mode);
  if (error === null || (await isDirectory(path))) return;
  if (errorCode(error) !== 'ENOENT') throw error;
  await makeWithParents(dirname(path), undefined);
  // With its parent there, ENOENT means that nothing can be made here at all.
  const second = await makeOne(path, mode);
  if (second === null || (await isDirectory(path))) return;
  throw errorCode(second) === 'ENOENT' ? noPlace(dirname(path), second) : second;
}

/** What went wrong; `null` when it is made. */
async function makeOne(path: string, mode: number | undefined): Promise<unknown> {
  return mkdir(path, mode).then(
    () => null,
    (error: unknown) => error,
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Told with the whole path at the top. */
function noPlace(parent: string, cause: unknown): Error {
  return Object.assign(new Error(`no directory can be made in ${parent}`, { cause }), { code: NO_PLACE });
}
