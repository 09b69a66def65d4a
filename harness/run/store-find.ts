import { access, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { HEADER_FILE } from './store.ts';

/** Ids of the runs there are, oldest first. A directory without `run.json` is a run that ended before it began. */
export async function listRuns(runsDirectory: string): Promise<readonly string[]> {
  const names = await readdir(runsDirectory).catch(() => []);
  const isRun = await Promise.all(names.map((name) => isThere(join(runsDirectory, name, HEADER_FILE))));
  return names.filter((_, index) => isRun[index]).sort(compareIds);
}

/** By the time that ids begin with; of two with the same time and scenario, `-2` is the later. */
function compareIds(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** "latest", an id, or the path of a run's directory (or of its run.json) → that directory. */
export async function findRunDirectory(word: string, runsDirectory: string): Promise<string> {
  const runs = await listRuns(runsDirectory);
  if (word === 'latest') {
    const latest = runs.at(-1);
    if (latest !== undefined) return join(runsDirectory, latest);
    throw new UsageError(`there is no run in ${runsDirectory}`, 'measure one: npm run bench -- --scenario smoke');
  }
  if (runs.includes(word)) return join(runsDirectory, word);
  const path = resolve(word.replace(/\/run\.json$/, ''));
  if (await isThere(join(path, HEADER_FILE))) return path;
  const newest = runs.slice(-5).reverse().join(', ');
  throw new UsageError(
    `${JSON.stringify(word.slice(0, 200))} is no run`,
    newest === ''
      ? 'measure one: npm run bench -- --scenario smoke'
      : `take "latest", the path of a run, or an id: ${newest}`,
  );
}
