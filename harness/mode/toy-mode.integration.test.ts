import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** What somebody writes who adds a mode: one file in mode/, and a line of table.ts. */
const TOY = `import { PLAIN_MODE, NO_TABLES } from './base.ts';
import type { ModeKind } from './mode.ts';
import { VETH } from './veth.ts';

export const toy: ModeKind = {
  words: { toy: { kind: 'toy' } },
  listed: ['toy'],
  options: {},
  make: () => ({
    ...PLAIN_MODE,
    name: 'toy',
    note: 'a mode out of a test',
    proxyWord: 'toy',
    releases: { from: 99, until: null, note: 'not yet' },
    requirements: [VETH],
    readTables: () => Promise.resolve(NO_TABLES),
    oracle: () => [],
    colours: { light: '#123456', dark: '#abcdef', lightInk: '#123456', dash: [1, 0], shape: 'circle' },
  }),
};
`;

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'toy-mode-'));
  for (const part of ['harness', 'scenarios', 'infra', 'package.json', 'tsconfig.json'])
    await cp(join(CHECKOUT, part), join(copy, part), { recursive: true });
  await symlink(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
  const table = join(copy, 'harness', 'mode', 'table.ts');
  await writeFile(join(copy, 'harness', 'mode', 'toy.ts'), TOY);
  const text = await readFile(table, 'utf8');
  await writeFile(
    table,
    `import { toy } from './toy.ts';\n${text.replace('  userspace,\n', '  userspace,\n  toy,\n')}`,
  );
});
afterAll(() => rm(copy, { recursive: true, force: true }));

function bench(words: readonly string[]) {
  return run(process.execPath, [join(copy, 'harness', 'cli.ts'), ...words], { cwd: copy }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
}

test('a mode that is one file and one line of the table is known to doctor, to scenarios and to --modes', async () => {
  const { stdout } = await bench(['doctor', '--json']);
  const { modes } = JSON.parse(stdout) as {
    readonly modes: readonly { readonly name: string; readonly value: string }[];
  };
  expect(modes.find(({ name }) => name === 'toy')?.value).toBe('a mode out of a test');
  const { stderr } = await bench(['bench', '--scenario', 'smoke', '--modes', 'toy', '--if-unsupported', 'refuse']);
  expect(stderr).toContain('has no mode toy (not yet): give 1.99 or later');
});

test('and its types ask for nothing elsewhere', async () => {
  const { stdout } = await run(process.execPath, [join(copy, 'node_modules/typescript/bin/tsc'), '--noEmit'], {
    cwd: copy,
  }).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});
