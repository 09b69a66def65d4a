import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Scenario } from '../model/scenario.ts';
import { SCENARIOS_DIRECTORY } from './directory.ts';
import { suggestion } from './issue-text.ts';
import type { Override } from './overrides.ts';
import { parseScenario } from './parse.ts';

/** A scenario is a page of text; what is larger is another file. */
const MAX_FILE_BYTES = 256 * 1024;

/** Names of the scenarios there are: smoke, the one to begin with, then the sizes in their order, then the others. */
export async function listScenarios(directory = SCENARIOS_DIRECTORY): Promise<readonly string[]> {
  const files = (await readdir(directory)).filter((file) => /\.ya?ml$/.test(file));
  return files.map(nameOfFile).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en'));
}

function rank(name: string): number {
  if (name === 'smoke') return 0;
  const size = /^([0-9]+)(k?)$/.exec(name);
  return size === null ? Number.MAX_SAFE_INTEGER : Number(size[1]) * (size[2] === 'k' ? 1000 : 1);
}

function nameOfFile(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '');
}

/** A scenario by its name, or by the path of a file; with what the command line says instead of it. */
export async function loadScenario(
  nameOrPath: string,
  overrides: readonly Override[] = [],
  flags: readonly string[] = [],
  directory = SCENARIOS_DIRECTORY,
): Promise<Scenario> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(nameOrPath))
    throw new UsageError(
      `${JSON.stringify(nameOrPath.slice(0, 80))} is an address, and a scenario is a file`,
      'fetch it first, and give its path: --scenario ./mine.yaml',
    );
  const path = isPath(nameOrPath) ? nameOrPath : await findByName(nameOrPath, directory);
  const text = await readText(path);
  return parseScenario({ name: runName(path), file: shorter(path), text }, overrides, flags);
}

function isPath(nameOrPath: string): boolean {
  return nameOrPath.includes('/') || /\.ya?ml$/.test(nameOrPath);
}

async function findByName(name: string, directory: string): Promise<string> {
  const names = await listScenarios(directory);
  if (names.includes(name)) {
    const isYml = !(await readdir(directory)).includes(`${name}.yaml`);
    return join(directory, `${name}.${isYml ? 'yml' : 'yaml'}`);
  }
  throw new UsageError(
    `no scenario is called ${JSON.stringify(name.slice(0, 80))}${suggestion(name, names)}`,
    `take one of ${names.join(', ')}; or give the path of a file (./mine.yaml)`,
  );
}

/** Scenarios' names become names of directories and words in tables. */
function runName(path: string): string {
  const name = nameOfFile(path);
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/.test(name)) return name;
  throw new UsageError(
    `${JSON.stringify(basename(path).slice(0, 100))} cannot name a scenario`,
    'rename the file: at most 60 letters, digits, dots, dashes and underscores, the first a letter or digit',
  );
}

function shorter(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}

async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new UsageError(`${shorter(path)} is not text (UTF-8)`, 'give the path of a YAML file');
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new UsageError(`${shorter(path)} is not a file`, 'give the path of a YAML file');
    if (found.size > MAX_FILE_BYTES) {
      throw new UsageError(
        `${shorter(path)} has ${found.size} bytes; a scenario has at most ${MAX_FILE_BYTES}`,
        'give the path of a scenario file',
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error) || !('code' in error)) throw error;
    throw await describeUnreadable(path, { code: String(error.code), cause: error });
  }
}

/** Why a scenario cannot be read, and what was probably meant. */
async function describeUnreadable(path: string, error: { code: string; cause: Error }): Promise<UsageError> {
  const { code, cause } = error;
  if (code !== 'ENOENT' && code !== 'ENOTDIR')
    return new UsageError(`cannot read ${shorter(path)} (${code})`, 'look at the path and its permissions', { cause });
  const names = await listScenarios();
  const name = names.find((one) => one === nameOfFile(path));
  const remedy = path.startsWith('~')
    ? 'write $HOME for ~: the shell replaces ~ at the beginning of a word without quotes only'
    : name === undefined
      ? `look at the path; a scenario of this project is called by its name alone: ${names.join(', ')}`
      : `npm run bench -- --scenario ${name}\n    or look at the path`;
  return new UsageError(`there is no file ${shorter(path)}`, remedy, { cause });
}
