import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Run } from '../model/run.ts';
import type { RawFile } from '../report/page/raw-section.ts';
import { COMPRESSED_JOURNAL_FILE, JOURNAL_FILE } from '../store/journal.ts';
import { HEADER_FILE, loadRun } from '../store/store.ts';
import { sha256Hex } from '../system/exec.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { renderRun } from './report.ts';
import { readIfThere, writeIfChanged } from './site-files.ts';

/** What is beside a published report. */
const SITE_FILES: readonly RawFile[] = [
  { path: 'run.json', says: 'the run: resolved scenario, plan, environment' },
  { path: 'trials.ndjson.gz', says: 'every trial, raw, with its histograms' },
  { path: 'findings.json', says: 'all that this page says, as data' },
  { path: 'trials.csv', says: 'one row per trial, for other tools' },
  { path: 'summary.md', says: 'the short form' },
  { path: '../../index.html', says: 'all published runs' },
];

const STAMP_FILE = 'stamp.json';

/** A stored run and its journal's bytes, which tell it from any other: two machines can give two runs one id, but never one journal. */
export interface StoredRun {
  readonly run: Run;
  readonly journal: Buffer;
}

export async function loadStoredRun(directory: string): Promise<StoredRun> {
  return { run: await loadRun(directory), journal: await readJournal(directory) };
}

async function readJournal(directory: string): Promise<Buffer> {
  const plain = await readIfThere(join(directory, JOURNAL_FILE));
  if (plain !== null) return plain;
  const compressed = await readIfThere(join(directory, COMPRESSED_JOURNAL_FILE));
  return compressed === null ? Buffer.alloc(0) : gunzipSync(compressed);
}

export interface PublishedAt {
  /** The name in the site: the run's id, or with `-2` behind it where the site has another run of that id. */
  readonly id: string;
  readonly did: 'rendered' | 'unchanged' | 'kept the longer copy';
}

/** Renders one run into the site unless the same run was rendered by the same program before. Never takes the place of another run. */
export async function publishRun({ run, journal }: StoredRun, siteRuns: string, program: string): Promise<PublishedAt> {
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? run.header.id : `${run.header.id}-${count}`;
    const target = join(siteRuns, id);
    const named = { ...run, header: { ...run.header, id } };
    const stamp = `${JSON.stringify({ program, run: sha256Hex(`${JSON.stringify(named.header)}${sha256Hex(journal)}`) })}\n`;
    if ((await readIfThere(join(target, STAMP_FILE)))?.toString() === stamp) return { id, did: 'unchanged' };
    const standing = (await readIfThere(join(target, HEADER_FILE))) === null ? null : await readJournal(target);
    if (standing !== null && !isOneRun(standing, journal)) continue;
    if (standing !== null && wholeLines(standing).length > wholeLines(journal).length)
      return { id, did: 'kept the longer copy' };
    await writeRun(named, target, journal);
    await writeIfChanged(join(target, STAMP_FILE), stamp);
    return { id, did: 'rendered' };
  }
}

/** A run that goes on appends to its journal, so of two states of one run the shorter is the head of the longer. */
function isOneRun(one: Buffer, other: Buffer): boolean {
  const [shorter, longer] = [wholeLines(one), wholeLines(other)].sort((a, b) => a.length - b.length);
  return shorter !== undefined && longer?.subarray(0, shorter.length).equals(shorter) === true;
}

function wholeLines(journal: Buffer): Buffer {
  return journal.subarray(0, journal.lastIndexOf('\n') + 1);
}

async function writeRun(run: Run, target: string, journal: Buffer): Promise<void> {
  const { 'report.html': page, ...files } = (await renderRun(run, SITE_FILES)).files;
  await makeDirectory(target, { movedBy: '--to' });
  await writeIfChanged(join(target, 'index.html'), page ?? '');
  for (const [name, text] of Object.entries(files)) await writeIfChanged(join(target, name), text);
  await writeIfChanged(join(target, COMPRESSED_JOURNAL_FILE), gzipSync(journal, { level: 9 }));
  await writeIfChanged(join(target, HEADER_FILE), `${JSON.stringify(run.header, null, 2)}\n`);
}
