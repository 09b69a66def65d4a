import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { InvalidRunError, UsageError } from '../errors.ts';
import { type JournalLine, journalLineSchema, type Run, type RunHeader, runHeaderSchema } from '../model/run.ts';
import { explainDiskError, writeFileAtomically } from '../system/atomic-file.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { PROJECT } from '../system/project.ts';
import { COMPRESSED_JOURNAL_FILE, JOURNAL_FILE } from './journal.ts';
import { damaged, type RawLines, readLines } from './journal-lines.ts';
import { migrateRun } from './store-migration.ts';

export const HEADER_FILE = 'run.json';
/** Where runs are kept, below the project. */
export const RUNS_DIRECTORY = join(PROJECT, 'reports', 'runs');

/** A run's directory, new and empty but for `logs/`. Its last part is the run's id. */
export interface RunDirectory {
  readonly id: string;
  readonly path: string;
  readonly logsPath: string;
}

/** `2026-11-21T10-52-51Z-10k`: ids sort by time. A name that is taken gets `-2`, so nothing is ever overwritten. */
export async function makeRunDirectory(options: {
  readonly runsDirectory: string;
  readonly scenarioName: string;
  readonly startedAt: Date;
}): Promise<RunDirectory> {
  const time = options.startedAt
    .toISOString()
    .replace(/\.[0-9]+Z$/, 'Z')
    .replaceAll(':', '-');
  const base = `${time}-${options.scenarioName}`;
  try {
    await makeDirectory(options.runsDirectory);
    const id = await makeNew(options.runsDirectory, base);
    const path = join(options.runsDirectory, id);
    await mkdir(join(path, 'logs'));
    return { id, path, logsPath: join(path, 'logs') };
  } catch (error) {
    throw explainDiskError(error, join(options.runsDirectory, base));
  }
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
      if (!isCode(error, 'EEXIST')) throw error;
    }
  }
}

/** Writes `run.json`, whole or not at all. */
export async function writeRunHeader(directory: string, header: RunHeader): Promise<void> {
  const text = `${JSON.stringify(runHeaderSchema.parse(header), null, 2)}\n`;
  await writeFileAtomically(join(directory, HEADER_FILE), text);
}

/** Reads a stored run, of this or any older version, finished or not, its journal plain or compressed (`trials.ndjson.gz`). */
export async function loadRun(directory: string): Promise<Run> {
  const headerPath = join(directory, HEADER_FILE);
  const journal = await readJournal(directory);
  const migrated = migrateRun(
    { header: await readHeader(headerPath), lines: journal.lines.map(({ value }) => value) },
    headerPath,
  );
  const header = runHeaderSchema.safeParse(migrated.header);
  if (!header.success) throw damaged(headerPath, 1, firstProblem(header.error), { cause: header.error });
  const lines = migrated.lines.map((value, index) =>
    parseLine(value, journal.path, journal.lines[index]?.lineNumber ?? index + 1),
  );
  return assembleRun(header.data, lines, journal);
}

function assembleRun(header: RunHeader, lines: readonly JournalLine[], journal: ReadJournal): Run {
  const nodes = lines.filter((line) => line.type === 'node');
  const trials = lines.filter((line) => line.type === 'trial');
  const indexes = trials.map((trial) => trial.plan.index);
  const twice = indexes.find((index, position) => indexes.indexOf(index) !== position);
  if (twice !== undefined) {
    const lineNumber = lines.findLastIndex((line) => line.type === 'trial' && line.plan.index === twice) + 1;
    throw damaged(journal.path, lineNumber, `trial ${twice} comes twice`);
  }
  return { header, nodes, trials, tornLine: journal.torn };
}

interface ReadJournal extends RawLines {
  readonly path: string;
  readonly torn: boolean;
}

async function readJournal(directory: string): Promise<ReadJournal> {
  const plainPath = join(directory, JOURNAL_FILE);
  const plain = await readIfThere(plainPath);
  if (plain !== null) return toJournal(plain, plainPath);
  const compressedPath = join(directory, COMPRESSED_JOURNAL_FILE);
  const compressed = await readIfThere(compressedPath);
  // A run that ended before its first trial has a header and no journal.
  if (compressed === null) return { path: plainPath, torn: false, lines: [], wholeBytes: 0 };
  try {
    return toJournal(await promisify(gunzip)(compressed), compressedPath);
  } catch (error) {
    if (error instanceof InvalidRunError) throw error;
    throw damaged(compressedPath, 1, 'is not what gzip wrote', { cause: error });
  }
}

function toJournal(bytes: Buffer, path: string): ReadJournal {
  const raw = readLines(bytes, path);
  return { ...raw, path, torn: raw.wholeBytes < bytes.length };
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
  const bytes = await readIfThere(path);
  if (bytes === null)
    throw new UsageError(`${path} is not there: that is no run`, 'give the directory of a run, or "latest"');
  try {
    return jsonObject.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw damaged(path, 1, 'is not a JSON object', { cause: error });
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return null;
    throw explainDiskError(error, path);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
