import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { nameOfFlag } from '../model/setting.ts';
import { FLAG_GROUPS, parseOverride } from './command-line.ts';
import { SCENARIOS_DIRECTORY } from './directory.ts';
import { keysAt } from './json-schema.ts';
import { listScenarios } from './load.ts';
import { isRecord } from './overrides.ts';
import { REFERENCE_FILE, withReference } from './reference.ts';
import { typedDefault } from './setting-text.ts';
import { ALL_SETTINGS, keyed, SECTIONS } from './settings.ts';

test('every setting is in one section, and a key of the file', () => {
  const inSections = SECTIONS.flatMap(({ settings }) => keyed(settings).map(({ key }) => key));
  expect([...inSections].sort()).toEqual(ALL_SETTINGS.map(({ key }) => key).sort());
  for (const { path } of ALL_SETTINGS) expect(keysAt(path.slice(0, -1))).toContain(path.at(-1));
  const leaves = keysAt([]).flatMap((key) => {
    const inner = key === 'modes' ? [] : keysAt([key]);
    return inner.length === 0 ? [key] : inner.map((leaf) => `${key}.${leaf}`);
  });
  expect(leaves.sort()).toEqual(ALL_SETTINGS.map(({ key }) => key).sort());
});

test('every setting has a flag of its own', () => {
  const names = FLAG_GROUPS.flatMap(({ flags }) => flags.map(nameOfFlag));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  for (const { flag, key } of ALL_SETTINGS) expect(flag, key).toMatch(/^--[a-z]+(-[a-z]+)*( <[a-z|:-]+>)?$/);
});

describe('a default', () => {
  const withDefault = ALL_SETTINGS.filter(({ fallback }) => fallback !== undefined);

  test.each(withDefault.map((row) => [row.key, row] as const))('of %s is one that its schema takes', (_key, row) => {
    expect(row.schema.safeParse(row.fallback).error).toBeUndefined();
  });

  test.each(
    withDefault.flatMap((row) => {
      const shown = row.otherwise === undefined ? typedDefault(row) : null;
      return shown === null ? [] : [[row.key, shown, row] as const];
    }),
  )('of %s is %s in the help, and means the same when it is typed', (key, shown, row) => {
    const typed = parseOverride(nameOfFlag(row), shown).find(({ path }) => path.join('.') === key);
    expect(typed?.value).toEqual(row.fallback);
  });

  test('stands in no scenario that comes with the program: each holds only what differs', async () => {
    for (const name of await listScenarios()) {
      const file: unknown = parse(await readFile(join(SCENARIOS_DIRECTORY, `${name}.yaml`), 'utf8'));
      const idle = withDefault.flatMap(({ key, path, fallback }) => saidTwice(key, at(file, path), fallback));
      expect({ name, idle }).toEqual({ name, idle: [] });
    }
  });
});

/** Keys that say what is so without them, also inside a value such as {min: 5, max: 20}. */
function saidTwice(key: string, said: unknown, fallback: unknown): readonly string[] {
  if (!isRecord(said) || !isRecord(fallback)) return JSON.stringify(said) === JSON.stringify(fallback) ? [key] : [];
  return Object.keys(said).flatMap((inner) => saidTwice(`${key}.${inner}`, said[inner], fallback[inner]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

test('scenarios/README.md shows the table as it is (npm run schema writes it)', async () => {
  const readme = await readFile(REFERENCE_FILE, 'utf8');
  expect(readme).toBe(withReference(readme));
  for (const { key, flag } of ALL_SETTINGS)
    expect(readme).toContain(`| \`${key}\` | \`${flag.replaceAll('|', '\\|')}\` |`);
});
