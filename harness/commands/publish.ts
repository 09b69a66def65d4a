import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError, EXIT, type ExitCode, UsageError } from '../errors.ts';
import { closeDeadRuns } from '../prepare/temporary-directory.ts';
import { parseFindingsJson } from '../report/findings-json.ts';
import type { PublishedRun } from '../report/site/history-chart.ts';
import { renderSiteIndex } from '../report/site/index-page.ts';
import { isRunAt, listRuns } from '../store/find.ts';
import { loadHeader, RUNS_DIRECTORY } from '../store/store.ts';
import { errorCode } from '../system/atomic-file.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { loadStoredRun, publishRun, type StoredRun } from './publish-run.ts';
import type { CommandContext } from './report.ts';
import { readIfThere, writeIfChanged } from './site-files.ts';

/** The sources that decide what a page looks like: when one changes, every page is made again. */
async function stampProgram(): Promise<string> {
  const root = join(import.meta.dirname, '..');
  const names = await Promise.all(
    ['analysis', 'report', 'model'].map(async (folder) => {
      const files = await readdir(join(root, folder), { recursive: true });
      return files
        .filter((file) => /\.(?:ts|css|js)$/.test(file) && !file.includes('test'))
        .map((file) => join(folder, file));
    }),
  );
  const hash = createHash('sha256').update(process.version);
  for (const name of names.flat().sort()) hash.update(await readFile(join(root, name)));
  return hash.digest('hex');
}

/** What became of the runs: how many were rendered, and what a person should know of the others. */
export interface SiteOutcome {
  readonly rendered: number;
  readonly leftOut: number;
  readonly notes: readonly string[];
}

/** What one folder gave the site. */
interface FolderOutcome {
  readonly did: 'rendered' | 'nothing' | 'left out';
  readonly note: string | null;
}

async function publishFolder(directory: string, siteRuns: string, program: string): Promise<FolderOutcome> {
  let stored: StoredRun;
  try {
    stored = await loadStoredRun(directory);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return { did: 'left out', note: `left out: ${error.message}\n  → ${error.remedy}` };
  }
  const { id, did } = await publishRun(stored, siteRuns, program);
  if (did === 'kept the longer copy')
    return {
      did: 'nothing',
      note: `${directory} is an earlier copy of ${id}, which the site has already: left as it is`,
    };
  const isOther = id !== stored.run.header.id;
  const note = isOther ? `${directory}: another run of the same id is in the site; it is published as ${id}` : null;
  return { did: did === 'rendered' ? 'rendered' : 'nothing', note };
}

/** What the site holds, this machine's runs and those that were published before from anywhere else. */
async function readSite(
  siteRuns: string,
): Promise<{ readonly runs: readonly PublishedRun[]; readonly notes: readonly string[] }> {
  const runs: PublishedRun[] = [];
  const notes: string[] = [];
  for (const id of await listRuns(siteRuns)) {
    const directory = join(siteRuns, id);
    try {
      runs.push(await readPublished(directory, id));
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      notes.push(`not in the index: ${error.message}\n  → publish that run again, or remove ${directory}`);
    }
  }
  return { runs, notes };
}

async function readPublished(directory: string, id: string): Promise<PublishedRun> {
  const header = await loadHeader(directory);
  if (header.id !== id) throw new UsageError(`${directory} holds the run ${header.id}`, '');
  const findingsPath = join(directory, 'findings.json');
  const text = await readIfThere(findingsPath);
  if (text === null) throw new UsageError(`${findingsPath} is not there`, '');
  return { header, findings: parseFindingsJson(text.toString('utf8'), findingsPath) };
}

/**
 * Makes or brings up to date a static site: `index.html`, and each run under `runs/<id>/`. Nothing that stands there is removed, so
 * addresses last; run twice, the second time changes no byte. A run that cannot be read is left out and named.
 */
export async function publishSite(runsDirectory: string, siteDirectory: string): Promise<SiteOutcome> {
  const siteRuns = join(siteDirectory, 'runs');
  const indexPath = join(siteDirectory, 'index.html');
  await refuseForeignSite(indexPath);
  await makeDirectory(siteRuns, { movedBy: '--to' });
  const program = await stampProgram();
  const folders: FolderOutcome[] = [];
  for (const name of await listRuns(runsDirectory))
    folders.push(await publishFolder(join(runsDirectory, name), siteRuns, program));
  const site = await readSite(siteRuns);
  await writeIfChanged(indexPath, await renderSiteIndex(site.runs));
  // GitHub Pages would otherwise run the site through Jekyll.
  await writeIfChanged(join(siteDirectory, '.nojekyll'), '');
  return {
    rendered: folders.filter(({ did }) => did === 'rendered').length,
    leftOut: folders.filter(({ did }) => did === 'left out').length,
    notes: [...folders.flatMap(({ note }) => note ?? []), ...site.notes],
  };
}

/** Somebody's own front page is not replaced. */
async function refuseForeignSite(indexPath: string): Promise<void> {
  const standing = await readIfThere(indexPath).catch((error: unknown) => {
    if (errorCode(error) === 'EISDIR') return Buffer.alloc(0);
    throw error;
  });
  if (standing !== null && !standing.includes('service-routing-bench'))
    throw new UsageError(
      `${indexPath} is no page of this program, and would be replaced`,
      'name a directory for the site alone with --to',
    );
}

async function refuseNoRuns(runsDirectory: string): Promise<void> {
  if (await isRunAt(runsDirectory))
    throw new UsageError(
      `${runsDirectory} is one run`,
      `name the directory that it is in: --runs ${join(runsDirectory, '..')}`,
    );
  await readdir(runsDirectory).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT')
      throw new UsageError(`there is no directory ${runsDirectory}`, 'name the directory that runs are in with --runs');
    // Any other fault is reported where the run is read.
  });
}

export interface PublishOptions {
  readonly toDirectory: string;
  /** As it was named; it has to be there then. */
  readonly runsDirectory?: string;
}

/** `publish --to DIR`: prints the path of the site's front page. Exit 4 when there were runs and none of them could be read. */
export async function runPublish(options: PublishOptions, { streams, env }: CommandContext): Promise<ExitCode> {
  await closeDeadRuns(env);
  if (options.runsDirectory !== undefined) await refuseNoRuns(options.runsDirectory);
  const runsDirectory = options.runsDirectory ?? RUNS_DIRECTORY;
  const { rendered, leftOut, notes } = await publishSite(runsDirectory, options.toDirectory);
  for (const note of notes) streams.stderr.write(`${note}\n`);
  streams.stderr.write(`${rendered} ${rendered === 1 ? 'run' : 'runs'} rendered\n`);
  if (leftOut > 0)
    streams.stderr.write(
      `${leftOut} left out, because what is stored of ${leftOut === 1 ? 'it' : 'them'} is damaged\n`,
    );
  streams.stdout.write(`${join(options.toDirectory, 'index.html')}\n`);
  const isAllLost = leftOut > 0 && leftOut === (await listRuns(runsDirectory)).length;
  return isAllLost ? EXIT.invalidRun : EXIT.ok;
}
