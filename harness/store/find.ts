import { access, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { isRunId } from '../model/run.ts';
import { errorCode } from '../system/atomic-file.ts';
import { explainReadError } from '../system/read-error.ts';
import { measureCommand } from './run-words.ts';
import { HEADER_FILE } from './store.ts';

/** Ids of the runs there are, oldest first; none where there is no such directory. A directory without `run.json` is a run that ended before it began. */
export async function listRuns(runsDirectory: string): Promise<readonly string[]> {
  const names = await readNames(runsDirectory);
  const isRun = await Promise.all(names.map((name) => isRunAt(join(runsDirectory, name))));
  return names.filter((_, index) => isRun[index]).sort(compareIds);
}

async function readNames(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    if (errorCode(error) === 'ENOTDIR')
      throw new UsageError(`${directory} is no directory`, 'name the directory that runs are in');
    throw explainReadError(error, directory);
  }
}

/** By the time that ids begin with; of two with the same time and scenario, `-2` is the later. */
function compareIds(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Whether a run is in that directory. */
export async function isRunAt(directory: string): Promise<boolean> {
  return access(join(directory, HEADER_FILE)).then(
    () => true,
    () => false,
  );
}

/** "latest", an id, or the path of a run's directory (or of a file in it) → that directory. */
export async function findRunDirectory(word: string, runsDirectory: string): Promise<string> {
  if (word === 'latest') return findLatest(runsDirectory);
  if (isRunId(word) && (await isRunAt(join(runsDirectory, word)))) return join(runsDirectory, word);
  const path = resolve(word);
  if (word !== '' && (await isRunAt(path))) return path;
  if (word !== '' && (await isFileOfRun(path))) return dirname(path);
  throw await refuse(word, path, runsDirectory);
}

async function findLatest(runsDirectory: string): Promise<string> {
  const latest = (await listRuns(runsDirectory)).at(-1);
  if (latest !== undefined) return join(runsDirectory, latest);
  throw new UsageError(`there is no run in ${runsDirectory}`, `measure one: ${measureCommand(runsDirectory)}`);
}

async function isFileOfRun(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true && (await isRunAt(dirname(path)));
}

async function refuse(word: string, path: string, runsDirectory: string): Promise<UsageError> {
  const said = JSON.stringify(word.slice(0, 200));
  const found = word === '' ? null : await stat(path).catch(() => null);
  const inside = found?.isDirectory() === true ? await listRuns(path).catch(() => []) : [];
  if (inside.length > 0)
    return new UsageError(
      `${said} is no run, but holds ${inside.length === 1 ? 'one' : inside.length}`,
      `name one: ${inside
        .slice(-5)
        .reverse()
        .map((id) => join(path, id))
        .join(', ')}`,
    );
  const why = found?.isDirectory() === true ? `: no ${HEADER_FILE} is in it` : '';
  const newest = (await listRuns(runsDirectory)).slice(-5).reverse().join(', ');
  return new UsageError(
    `${said} is no run${why}`,
    newest === ''
      ? `name the path of a run; there is none in ${runsDirectory}. To measure one: ${measureCommand(runsDirectory)}`
      : `take "latest", the path of a run, or an id: ${newest}`,
  );
}
