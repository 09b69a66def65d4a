import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCommands, type TypedRemedy, typeRemedy } from './remedies.ts';

/** The checkout that is tested. */
export const CHECKOUT = fileURLToPath(new URL('../../../..', import.meta.url));
const PROGRAM = join(CHECKOUT, 'harness/cli.ts');
const BOOTSTRAP = join(CHECKOUT, 'harness/bootstrap.mjs');
const ORDINARY_ID = 1000;
const DEADLINE_MS = 60_000;

/** Folders that a case has for itself; all are removed after it. */
export interface StrangerPlace {
  /** Holds the others, and whatever `prepare` writes. It is also the working directory of the case. */
  readonly directory: string;
  readonly home: string;
  readonly cache: string;
  /** What `--runs-dir` should name. */
  readonly runs: string;
}

/** What `prepare` changes about the start of the program. */
export interface StrangerStart {
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Stands in front of the command: `['unshare', '--mount', 'sh', '-c', 'mount … && exec "$@"', 'sh']`. */
  readonly prefix?: readonly string[];
}

/** One row: somebody on an odd machine, or with odd input, types a command. */
export interface Stranger {
  /** A short sentence; it is the name of the test. */
  readonly what: string;
  /** Behind the program's name: `['report', 'no-such-run']`. */
  readonly words: readonly string[];
  /** `cli`: the program itself (default). `bootstrap`: through the script that npm starts. */
  readonly entry?: 'cli' | 'bootstrap';
  /** Added to the few variables that each case has (PATH, HOME, XDG_CACHE_HOME, TMPDIR); `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `ordinary`: a number without rights (default: whoever runs the tests). */
  readonly as?: 'ordinary';
  /** Needs root to be tried: it is skipped for others. */
  readonly needsRoot?: true;
  readonly prepare?: (place: StrangerPlace) => Promise<StrangerStart | undefined>;
  readonly exitCode: number;
  /** Every one of them must stand in what the program prints (both streams). */
  readonly says: readonly (string | RegExp)[];
  /** None of them may. */
  readonly saysNot?: readonly (string | RegExp)[];
  /** Files of home, cache and runs that may be there afterwards, by a pattern on the path below `directory`. Default: none. */
  readonly mayLeave?: RegExp;
}

/** How a case ended. */
export interface StrangerEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string;
  /** What was written into home, cache and runs besides what it may leave. */
  readonly leftovers: readonly string[];
  /** The commands of this program that it was told to type, typed. */
  readonly remedies: readonly TypedRemedy[];
}

/** Types the command of a case in folders of its own, then those that it is told to type (`isNew`: of the same one, one is enough), and removes the folders. */
export async function meet(stranger: Stranger, isNew: (command: string) => boolean): Promise<StrangerEnd> {
  const place = await makePlace();
  try {
    const start = (await stranger.prepare?.(place)) ?? {};
    const before = new Set(await listFiles(place));
    const end = await type(stranger, start, place);
    const after = (await listFiles(place)).filter((path) => !before.has(path));
    const leftovers = after.filter((path) => stranger.mayLeave?.test(path) !== true);
    const told = stranger.words.includes('--help') ? [] : findCommands(end.output);
    const commands = told.filter((command) => isNew(command.replaceAll(place.directory, 'PLACE')));
    const here = { cwd: start.cwd ?? place.directory, env: variablesOf(stranger, start, place) };
    const remedies: TypedRemedy[] = [];
    for (const command of commands) remedies.push(await typeRemedy(command, here));
    return { ...end, leftovers, remedies };
  } finally {
    await rm(place.directory, { recursive: true, force: true });
  }
}

async function makePlace(): Promise<StrangerPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'stranger-'));
  await chmod(directory, 0o755);
  const place = {
    directory,
    home: join(directory, 'home'),
    cache: join(directory, 'cache'),
    runs: join(directory, 'runs'),
  };
  for (const path of [directory, place.home, place.cache, place.runs]) {
    await mkdir(path, { recursive: true });
    if (process.getuid?.() === 0) await chown(path, ORDINARY_ID, ORDINARY_ID);
  }
  return place;
}

async function listFiles(place: StrangerPlace): Promise<readonly string[]> {
  const roots = ['home', 'cache', 'runs'];
  const lists = roots.map(async (root) =>
    (await readdir(join(place.directory, root), { recursive: true }).catch(() => [])).map((path) => join(root, path)),
  );
  return (await Promise.all(lists)).flat();
}

function variablesOf(stranger: Stranger, start: StrangerStart, place: StrangerPlace): NodeJS.ProcessEnv {
  const variables = {
    PATH: process.env.PATH,
    HOME: place.home,
    XDG_CACHE_HOME: place.cache,
    TMPDIR: place.directory,
    ...stranger.env,
    ...start.env,
  };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined)) as NodeJS.ProcessEnv;
}

function type(
  stranger: Stranger,
  start: StrangerStart,
  place: StrangerPlace,
): Promise<Pick<StrangerEnd, 'exitCode' | 'signal' | 'output'>> {
  const words = start.words ?? stranger.words;
  const asOrdinary =
    stranger.as === 'ordinary' && process.getuid?.() === 0
      ? ['setpriv', '--reuid', String(ORDINARY_ID), '--regid', String(ORDINARY_ID), '--clear-groups', '--']
      : [];
  const entry = stranger.entry === 'bootstrap' ? BOOTSTRAP : PROGRAM;
  const [file = '', ...rest] = [...(start.prefix ?? []), ...asOrdinary, process.execPath, entry, ...words];
  const child = spawn(file, rest, {
    cwd: start.cwd ?? place.directory,
    env: variablesOf(stranger, start, place),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, output }));
  });
}
