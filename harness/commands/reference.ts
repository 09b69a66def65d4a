import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { EnvironmentError, EXIT, type ExitCode, UsageError } from '../errors.ts';
import { findRunDirectory } from '../store/find.ts';
import { COMPRESSED_JOURNAL_FILE, JOURNAL_FILE } from '../store/journal.ts';
import { HEADER_FILE, loadRun, RUNS_DIRECTORY } from '../store/store.ts';
import { writeFileAtomically } from '../system/atomic-file.ts';
import { findTool } from '../system/find-tool.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { PROJECT } from '../system/project.ts';
import type { CommandWorld } from '../system/world.ts';
import { renderRun } from './report.ts';

const REFERENCES = join(PROJECT, 'reports', 'reference');
const FILES = [
  { path: HEADER_FILE, says: 'the run: resolved scenario, plan, environment' },
  { path: COMPRESSED_JOURNAL_FILE, says: 'every trial, raw, with its histograms' },
  { path: 'findings.json', says: 'all that this page says, as data' },
  { path: 'trials.csv', says: 'one row per trial, for other tools' },
  { path: 'summary.md', says: 'the short form' },
];

/**
 * Makes a committed reference study out of a stored run: its header, its journal compressed, its rendered files, and the picture that the
 * README shows. `part`: a folder of its own inside reports/reference, for a further study. Nothing is measured and no number is touched: the same run gives the same files (the picture apart, which Chromium draws).
 */
export async function runReference(word: string, part: string | null, world: CommandWorld): Promise<ExitCode> {
  const target = part === null ? REFERENCES : join(REFERENCES, part);
  const source = await findRunDirectory(word, RUNS_DIRECTORY);
  const run = await loadRun(source);
  // Every size has its least number of rounds in both; the page says when the time was up before the intervals were narrow.
  if (run.header.status !== 'complete' && run.header.status !== 'budget-spent')
    throw new UsageError(`${run.header.id} is ${run.header.status}`, 'take a run that came to its end');
  await makeDirectory(target);
  for (const [name, text] of Object.entries((await renderRun(run, FILES)).files))
    await writeFileAtomically(join(target, name), text);
  if (source !== target) await copyRaw(source, target);
  await takePicture(join(target, 'report.html'), { picturePath: join(target, 'report.png'), env: world.env });
  world.streams.stdout.write(`${target}\n`);
  return EXIT.ok;
}

/** The raw files: the header as it is, the journal compressed. The reference itself, rendered again after a change of the analysis, has them already. */
async function copyRaw(source: string, target: string): Promise<void> {
  await writeFileAtomically(join(target, HEADER_FILE), await readFile(join(source, HEADER_FILE), 'utf8'));
  const journal = gzipSync(await readFile(join(source, JOURNAL_FILE)), { level: constants.Z_BEST_COMPRESSION });
  await writeFileAtomically(join(target, COMPRESSED_JOURNAL_FILE), journal);
}

/** The page's head, its answer, and the first chart. */
async function takePicture(pagePath: string, target: { picturePath: string; env: CommandWorld['env'] }): Promise<void> {
  const executablePath = findTool('chromium', target.env);
  if (executablePath === null)
    throw new EnvironmentError('there is no Chromium for the picture', 'apt-get install chromium');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme: 'light' });
    await page.goto(pathToFileURL(pagePath).href);
    const chart = await page.locator('figure.chart').first().boundingBox();
    if (chart === null) throw new EnvironmentError('the page has no chart to show', 'take a run with valid trials');
    await page.screenshot({
      path: target.picturePath,
      fullPage: true,
      clip: { x: 0, y: Math.max(0, chart.y - 12), width: 1100, height: chart.height + 24 },
    });
  } finally {
    await browser.close();
  }
}
