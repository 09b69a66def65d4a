import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const PROJECT = dirname(import.meta.dirname);
const PAGES = [
  'README.md',
  'scenarios/README.md',
  ...['architecture', 'CONTRIBUTING', 'kernels', 'method', 'report', 'results', 'scaling', 'testbeds'].map(
    (name) => `docs/${name}.md`,
  ),
];

/** As GitHub makes it: lower case, spaces as hyphens, without punctuation. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? ''));
}

/** What is wrong with a link: a file that is not there, or a heading. `null` when nothing is. */
function findProblem(link: string, page: string): string | null {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? join(PROJECT, page) : join(PROJECT, dirname(page), path);
  if (!existsSync(file)) return `${link}: no such file`;
  if (anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(anchor)) return null;
  return `${link}: no such heading`;
}

test.each(PAGES)('every link of %s leads to a file and a heading of the project', (page) => {
  const links = [...readFileSync(join(PROJECT, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(
    (match) => match[1] ?? '',
  );
  const own = links.filter((link) => !/^https?:/.test(link));
  expect(own.map((link) => findProblem(link, page)).filter((problem) => problem !== null)).toEqual([]);
});
