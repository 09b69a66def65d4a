import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { type JournalLine, journalLineSchema, type Run, type RunHeader, runHeaderSchema } from '../model/run.ts';
import { errorCode, explainDiskError, writeFileAtomically } from '../system/atomic-file.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { PROJECT } from '../system/project.ts';
import { COMPRESSED_JOURNAL_FILE, JOURNAL_FILE } from './journal.ts';
import { damaged, type RawLines, readLines } from './journal-lines.ts';
import { migrateRun } from './migration.ts';
import { requireKnownModes, requireOneRun } from './run-check.ts';
import { MOST_HEADER_BYTES, MOST_JOURNAL_BYTES, readRunFile } from './run-file.ts';

export const HEADER_FILE = 'run.json';
/** Where runs are kept, below the project. */
export const RUNS_DIRECTORY = join(PROJECT, 'reports', 'runs');

/** A run's directory, new and empty but for `logs/`. Its last part is the run's id. */
export interface RunDirectory {
  readonly id: string;
  readonly path: string;
  readonly logsPath: string;
}

/**
 * `2026-11-21T10-52-51Z-10k-678kqz`: ids sort by time, to the millisecond after the name, and end with letters drawn by chance, because runs of several
 * machines come to lie in one place and a schedule starts them in the same second. A name that is taken all the same gets `-2`: nothing is overwritten.
 */
export async function makeRunDirectory(options: {
  readonly runsDirectory: string;
  readonly scenarioName: string;
  readonly startedAt: Date;
}): Promise<RunDirectory> {
  const time = options.startedAt
    .toISOString()
    .replace(/\.[0-9]+Z$/, 'Z')
    .replaceAll(':', '-');
  const base = `${time}-${options.scenarioName}-${makeMark(options.startedAt)}`;
  try {
    await makeDirectory(options.runsDirectory, { movedBy: '--runs-dir' });
    const id = await makeNew(options.runsDirectory, base);
    const path = join(options.runsDirectory, id);
    await mkdir(join(path, 'logs'));
    return { id, path, logsPath: join(path, 'logs') };
  } catch (error) {
    throw explainDiskError(error, join(options.runsDirectory, base), '--runs-dir');
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

function makeMark(startedAt: Date): string {
  const letters = Array.from({ length: 3 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${String(startedAt.getUTCMilliseconds()).padStart(3, '0')}${letters}`;
}

/** When the run with that id started, to the second; `null` when the name is no id of a run. */
export function parseRunTime(id: string): Date | null {
  const match = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T)([0-9]{2})-([0-9]{2})-([0-9]{2}Z)-./.exec(id);
  if (match === null) return null;
  const time = new Date(`${match[1]}${match[2]}:${match[3]}:${match[4]}`);
  return Number.isNaN(time.getTime()) ? null : time;
}

async function makeNew(parent: string, base: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base}-${count}`;
    try {
      await mkdir(join(parent, id));
      return id;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** Writes `run.json`, complete or absent. */
export async function writeRunHeader(directory: string, header: RunHeader): Promise<void> {
  const text = `${JSON.stringify(runHeaderSchema.parse(header), null, 2)}\n`;
  await writeFileAtomically(join(directory, HEADER_FILE), text);
}

/** Reads a stored run, of this or any older version, finished or not, its journal plain or compressed (`trials.ndjson.gz`). Damage is exit 4 with file and line. */
export async function loadRun(directory: string): Promise<Run> {
  const headerPath = join(directory, HEADER_FILE);
  const rawHeader = await readHeader(headerPath);
  const journal = await readJournal(directory);
  const migrated = migrateRun({ header: rawHeader, lines: journal.lines.map(({ value }) => value) }, headerPath);
  const header = parseHeader(migrated.header, headerPath);
  requireKnownModes(header, headerPath);
  const lineNumbers = journal.lines.map(({ lineNumber }) => lineNumber);
  const lines = migrated.lines.map((value, index) => parseLine(value, journal.path, lineNumbers[index] ?? index + 1));
  requireOneRun(header, lines, { ...journal, lineNumbers });
  return {
    header,
    nodes: lines.filter((line) => line.type === 'node'),
    trials: lines.filter((line) => line.type === 'trial'),
    tornLine: journal.torn,
  };
}

/** `run.json` alone. */
export async function loadHeader(directory: string): Promise<RunHeader> {
  const path = join(directory, HEADER_FILE);
  return parseHeader(migrateRun({ header: await readHeader(path), lines: [] }, path).header, path);
}

function parseHeader(raw: unknown, path: string): RunHeader {
  const header = runHeaderSchema.safeParse(raw);
  if (header.success) return header.data;
  throw damaged(path, 1, firstProblem(header.error), { cause: header.error });
}

interface ReadJournal extends RawLines {
  readonly path: string;
  readonly isThere: boolean;
  readonly torn: boolean;
}

async function readJournal(directory: string): Promise<ReadJournal> {
  const plainPath = join(directory, JOURNAL_FILE);
  const plain = await readRunFile(plainPath, MOST_JOURNAL_BYTES);
  if (plain !== null) return toJournal(plain, plainPath);
  const compressedPath = join(directory, COMPRESSED_JOURNAL_FILE);
  const compressed = await readRunFile(compressedPath, MOST_JOURNAL_BYTES);
  // A run that ended before its first trial has a header and no journal.
  if (compressed === null) return { path: plainPath, isThere: false, torn: false, lines: [], wholeBytes: 0 };
  return toJournal(await unpackJournal(compressed, compressedPath), compressedPath);
}

async function unpackJournal(compressed: Buffer, path: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(compressed, { maxOutputLength: MOST_JOURNAL_BYTES });
  } catch (error) {
    const isTooLarge = errorCode(error) === 'ERR_BUFFER_TOO_LARGE';
    throw damaged(path, 1, isTooLarge ? 'holds more than a run can have' : 'is not what gzip wrote', { cause: error });
  }
}

function toJournal(bytes: Buffer, path: string): ReadJournal {
  const raw = readLines(bytes, path);
  return { ...raw, path, isThere: true, torn: raw.wholeBytes < bytes.length };
}

function parseLine(value: unknown, path: string, lineNumber: number): JournalLine {
  const line = journalLineSchema.safeParse(value);
  if (line.success) return line.data;
  throw damaged(path, lineNumber, firstProblem(line.error), { cause: line.error });
}

function firstProblem(error: z.ZodError): string {
  const [first] = error.issues;
  const place = first === undefined || first.path.length === 0 ? 'the line' : first.path.join('.');
  return `${place} is not what a run has there (${first?.message ?? 'unknown'})`;
}

const jsonObject = z.record(z.string(), z.unknown());

async function readHeader(path: string): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readRunFile(path, MOST_HEADER_BYTES);
  if (bytes === null)
    throw new UsageError(`${path} is not there: that is no run`, 'give the directory of a run, or "latest"');
  try {
    return jsonObject.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw damaged(path, 1, 'is not a JSON object', { cause: error });
  }
}
