import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECT } from '../system/project.ts';
import { makeRun, storeRun } from './testing/stored-run.ts';
import { findCommands } from './testing/strangers/remedies.ts';

const HARNESS = join(PROJECT, 'harness');

/** A command of this program as some text of it says it, with the place of the text. */
interface Said {
  readonly place: string;
  readonly script: string;
  readonly flags: readonly string[];
}

/** Every `npm run …` in the program's own texts; what is put in at run time (`${…}`) stands for one word. */
function collectCommands(): readonly Said[] {
  const files = readdirSync(HARNESS, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\//.test(path),
  );
  return files.flatMap((path) => {
    const text = readFileSync(join(HARNESS, path), 'utf8').replaceAll(/\$\{[^}]*\}/g, 'WORD');
    return [...text.matchAll(/npm run (?!-s)([a-z][a-z:]*)((?: -- [^`'"\n;,)]*)?)/g)].map((match) => ({
      place: `${path}: ${match[0]}`,
      script: match[1] ?? '',
      flags: [...(match[2] ?? '').matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag),
    }));
  });
}

const helpOf = new Map<string, string>();

/** What a command says of itself. */
function help(command: string): string {
  const known = helpOf.get(command);
  if (known !== undefined) return known;
  const { stdout } = spawnSync(process.execPath, [join(HARNESS, 'cli.ts'), command, '--help'], { encoding: 'utf8' });
  helpOf.set(command, stdout);
  return stdout;
}

test('every command that a text names is a script, and every flag in it is one of that command’s', () => {
  const manifest = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: object };
  const said = collectCommands();
  expect(said.length).toBeGreaterThan(20);
  const wrong = said.filter(
    ({ script, flags }) =>
      !(script in manifest.scripts) || flags.some((flag) => !new RegExp(`${flag}\\b`).test(help(script))),
  );
  expect(wrong.map(({ place }) => place)).toEqual([]);
});

test('commands are found in messages however they stand there', () => {
  const output = [
    "  → npm run report -- '/a b/run' --to /tmp/x",
    '  → say --rate <rate>   (npm run bench -- --help)',
    '  → npm run bench -- --scenario smoke   (options stand behind --)',
    '  → take another with --kernel (npm run kernels lists the modes of each), or sudo npm run doctor',
    '  → npm run compare -- RUN RUN --by kernel',
  ].join('\n');
  expect(findCommands(output)).toEqual([
    "report '/a b/run' --to /tmp/x",
    'bench --help',
    'bench --scenario smoke',
    'kernels',
    'doctor',
  ]);
});

describe('a remedy, typed as it is printed, leads on', () => {
  let runs: string;
  let id: string;
  beforeAll(async () => {
    runs = mkdtempSync(join(tmpdir(), "somebody's runs-"));
    id = await storeRun(runs, makeRun('6.1.0', 1));
  });
  afterAll(() => rmSync(runs, { recursive: true }));

  function type(...words: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(HARNESS, 'cli.ts'), ...words], {
      encoding: 'utf8',
      cwd: tmpdir(),
    });
    return { status, output: stdout + stderr };
  }

  /** The remedy's command in a shell, as a person would paste it; npm itself is the same program with the words behind `--`. */
  function paste(output: string) {
    const command = /→ (?:.*?)npm run (\S+) -- (.*)$/m.exec(output);
    const line = `exec "$0" "$1" ${command?.[1]} ${command?.[2]}`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line, process.execPath, join(HARNESS, 'cli.ts')], {
      encoding: 'utf8',
      cwd: '/',
    });
    return { status, output: stdout + stderr };
  }

  test('of a run that is complete: it is rendered, wherever it lies', () => {
    const refused = type('bench', '--resume', id, '--runs-dir', runs);
    expect(refused.status, refused.output).toBe(2);
    const typed = paste(refused.output);
    expect(typed.status, typed.output).toBe(0);
    expect(typed.output).toContain(join(runs, id, 'report.html'));
  });

  test('of a run and words beside it: the command without them knows the run', () => {
    const refused = type('bench', '--resume', id, '--runs-dir', runs, '--scenario', 'smoke');
    const typed = paste(refused.output);
    expect(typed.output).toContain(`${id} is complete`);
  });
});
