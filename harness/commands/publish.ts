import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { EXIT, type ExitCode } from '../errors.ts';
import type { Run } from '../model/run.ts';
import { runHeaderSchema } from '../model/run.ts';
import { parseFindingsJson } from '../report/findings-json.ts';
import type { RawFile } from '../report/page/raw-section.ts';
import type { PublishedRun } from '../report/site/history-chart.ts';
import { renderSiteIndex } from '../report/site/index-page.ts';
import { COMPRESSED_JOURNAL_FILE, JOURNAL_FILE } from '../run/journal.ts';
import { HEADER_FILE, loadRun, RUNS_DIRECTORY } from '../run/store.ts';
import { listRuns } from '../run/store-find.ts';
import { closeDeadRuns } from '../run/temporary-directory.ts';
import { writeFileAtomically } from '../system/atomic-file.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { type CommandContext, renderRun } from './report.ts';

/** What stands beside a published report. */
const SITE_FILES: readonly RawFile[] = [
  { path: 'run.json', says: 'the run: resolved scenario, plan, environment' },
  { path: 'trials.ndjson.gz', says: 'every trial, raw, with its histograms' },
  { path: 'findings.json', says: 'all that this page says, as data' },
  { path: 'trials.csv', says: 'one row per trial, for other tools' },
  { path: 'summary.md', says: 'the short form' },
  { path: '../../index.html', says: 'all published runs' },
];

const STAMP_FILE = 'stamp.json';

async function readIfThere(path: string): Promise<Buffer | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** Writes only what changed, so that a second run touches nothing. */
async function writeIfChanged(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = Buffer.from(content);
  const old = await readIfThere(path);
  if (old === null || !old.equals(bytes)) await writeFileAtomically(path, bytes);
}

function sha256(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

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
  const contents = await Promise.all(
    names
      .flat()
      .sort()
      .map((name) => readFile(join(root, name))),
  );
  return sha256([process.version, ...contents]);
}

async function readJournalBytes(directory: string): Promise<Buffer> {
  const plain = await readIfThere(join(directory, JOURNAL_FILE));
  if (plain !== null) return gzipSync(plain, { level: 9 });
  return (await readIfThere(join(directory, COMPRESSED_JOURNAL_FILE))) ?? gzipSync(Buffer.alloc(0));
}

async function writeRun(run: Run, target: string, journal: Buffer): Promise<void> {
  const { 'report.html': page, ...files } = await renderRun(run, SITE_FILES);
  await writeIfChanged(join(target, 'index.html'), page ?? '');
  for (const [name, text] of Object.entries(files)) await writeIfChanged(join(target, name), text);
  await writeIfChanged(join(target, HEADER_FILE), `${JSON.stringify(run.header, null, 2)}\n`);
  await writeIfChanged(join(target, COMPRESSED_JOURNAL_FILE), journal);
}

/** Renders one run into the site unless the same run was rendered by the same program before. True when it was rendered. */
async function publishRun(directory: string, siteRuns: string, program: string): Promise<boolean> {
  const run = await loadRun(directory);
  const target = join(siteRuns, run.header.id);
  const journal = await readJournalBytes(directory);
  const stamp = `${JSON.stringify({ program, run: sha256([JSON.stringify(run.header), journal]) })}\n`;
  if ((await readIfThere(join(target, STAMP_FILE)))?.toString() === stamp) return false;
  await makeDirectory(target);
  await writeRun(run, target, journal);
  await writeIfChanged(join(target, STAMP_FILE), stamp);
  return true;
}

/** What the site holds, this machine's runs and those that were published before from anywhere else. */
async function readSite(siteRuns: string): Promise<PublishedRun[]> {
  const ids = await listRuns(siteRuns);
  return Promise.all(
    ids.map(async (id) => {
      const findingsPath = join(siteRuns, id, 'findings.json');
      const header = runHeaderSchema.parse(JSON.parse(await readFile(join(siteRuns, id, HEADER_FILE), 'utf8')));
      return { header, findings: parseFindingsJson(await readFile(findingsPath, 'utf8'), findingsPath) };
    }),
  );
}

/**
 * Makes or brings up to date a static site: `index.html`, and each run under `runs/<id>/`. Nothing that stands there is removed, so
 * addresses last; run twice, the second time changes no byte. Gives the number of runs that were rendered.
 */
export async function publishSite(runsDirectory: string, siteDirectory: string): Promise<number> {
  const siteRuns = join(siteDirectory, 'runs');
  await makeDirectory(siteRuns);
  const program = await stampProgram();
  let rendered = 0;
  for (const id of await listRuns(runsDirectory)) {
    if (await publishRun(join(runsDirectory, id), siteRuns, program)) rendered += 1;
  }
  await writeIfChanged(join(siteDirectory, 'index.html'), await renderSiteIndex(await readSite(siteRuns)));
  // GitHub Pages would otherwise run the site through Jekyll.
  await writeIfChanged(join(siteDirectory, '.nojekyll'), '');
  return rendered;
}

export interface PublishOptions {
  readonly toDirectory: string;
  readonly runsDirectory?: string;
}

/** `publish --to DIR`: prints the path of the site's front page. */
export async function runPublish(options: PublishOptions, { streams, env }: CommandContext): Promise<ExitCode> {
  await closeDeadRuns(env);
  const rendered = await publishSite(options.runsDirectory ?? RUNS_DIRECTORY, options.toDirectory);
  streams.stderr.write(`${rendered} ${rendered === 1 ? 'run' : 'runs'} rendered\n`);
  streams.stdout.write(`${join(options.toDirectory, 'index.html')}\n`);
  return EXIT.ok;
}
