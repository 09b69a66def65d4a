import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FLOORS } from './testing/floors.ts';

const PROJECT = dirname(import.meta.dirname);
const TEXT = readFileSync(join(PROJECT, 'docs', 'architecture.md'), 'utf8');

/** The text below a heading, up to the next one. */
function sectionOf(heading: string): string {
  const [, section] = TEXT.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`docs/architecture.md has no section "${heading}"`);
  return section.split('\n## ')[0] ?? '';
}

/** The cells of each row of the section's table, without its two head lines. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  return sectionOf(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

function codeWordsOf(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** Paths that a text names. Of `mode/<name>/` the part before the placeholder must exist. */
function pathsOf(text: string): readonly string[] {
  return codeWordsOf(text)
    .filter((word) => /^[\w.-]+\/[^ ]*$/.test(word))
    .map((word) => word.replace(/<.*$/, ''));
}

function missingOf(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => !existsSync(join(PROJECT, path)) && !existsSync(join(PROJECT, 'harness', path)));
}

test('the table of folders names every folder, on the floor where layers.test.ts has it', () => {
  const written = rowsOf('The folders').map(([floor, folder]) => `${floor} ${codeWordsOf(folder ?? '')[0]}`);
  const built = FLOORS.flatMap((floor, index) =>
    floor.map((place) => `${index} ${place.includes('.') ? place : `${place}/`}`),
  );
  expect([...written].sort()).toEqual([...built].sort());
});

test('every folder of the table says what it is for', () => {
  expect(rowsOf('The folders').filter(([, , purpose]) => (purpose ?? '') === '')).toEqual([]);
});

describe('to add something', () => {
  const rows = rowsOf('To add something');

  test.each(['mode', 'experiment', 'quantity', 'claim', 'place', 'setting', 'chart', 'tool'])(
    'one row says where a %s goes',
    (noun) => {
      expect(rows.filter(([what]) => what?.split(/[ ,]+/).includes(noun))).toHaveLength(1);
    },
  );

  test.each(rows.map(([what = '', ...cells]) => ({ what, cells })))('the paths for a $what exist', ({ cells }) => {
    const paths = pathsOf(cells.join(' '));
    expect(paths).not.toEqual([]);
    expect(missingOf(paths)).toEqual([]);
  });
});

test('every path that the page names exists', () => {
  expect(missingOf(pathsOf(TEXT))).toEqual([]);
});
