import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDirectory } from './make-directory.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'make-directory-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('a directory is made with all that lacks above it, and one that is there is fine', async () => {
  const path = join(root, 'a b/ü/c');
  await makeDirectory(path, { mode: 0o700 });
  await makeDirectory(path);
  await makeDirectory('/');
  await makeDirectory('/proc/self');
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('many at once may make the same one', async () => {
  const path = join(root, 'x/y/z');
  await Promise.all(Array.from({ length: 20 }, () => makeDirectory(path)));
  expect(statSync(path).isDirectory()).toBe(true);
});

test.each(['/proc/x', '/proc/x/y/z', '/proc/self/x', '/sys/x/y', '/dev/null/x'])(
  '%s, where nothing can be made, is refused at once and by name',
  async (path) => {
    await expect(makeDirectory(path)).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining(path) });
  },
);

test('a file, a link to nothing, a link to itself and a name without end in the way are refused by name', async () => {
  writeFileSync(join(root, 'file'), '');
  symlinkSync('/nowhere/at/all', join(root, 'dangling'));
  symlinkSync(join(root, 'loop'), join(root, 'loop'));
  for (const name of ['file', 'file/below', 'dangling', 'dangling/below', 'loop/below', 'x'.repeat(300)])
    await expect(makeDirectory(join(root, name))).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(root),
    });
});

test('no other code of this program makes directories with their parents', () => {
  const harness = join(import.meta.dirname, '..');
  const files = readdirSync(harness, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\//.test(path),
  );
  const makers = files.filter((path) =>
    /mkdir(Sync)?\([^;]*recursive: true/.test(readFileSync(join(harness, path), 'utf8')),
  );
  expect(makers).toEqual([]);
});
