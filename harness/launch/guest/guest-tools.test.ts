import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findVirtme } from '../../supply/kernel/virtme.ts';
import { systemExec } from '../../system/exec.ts';
import { isStaticallyLinked } from './guest-tools.ts';

/** A program of 64 bits with program headers of these types (elf(5)). */
function elf(types: readonly number[]): Buffer {
  const program = Buffer.alloc(64 + 56 * types.length);
  program.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  program.writeBigUInt64LE(64n, 32);
  program.writeUInt16LE(56, 54);
  program.writeUInt16LE(types.length, 56);
  for (const [index, type] of types.entries()) program.writeUInt32LE(type, 64 + 56 * index);
  return program;
}

const [LOAD, INTERPRETER] = [1, 3];

test('a BusyBox that needs an interpreter is not taken for a static one, nor is a script', () => {
  expect(isStaticallyLinked(elf([LOAD, LOAD]))).toBe(true);
  expect(isStaticallyLinked(elf([LOAD, INTERPRETER, LOAD]))).toBe(false);
  expect(isStaticallyLinked(Buffer.from('#!/bin/sh\nexec busybox "$@"\n'.padEnd(100)))).toBe(false);
  expect(isStaticallyLinked(Buffer.alloc(3))).toBe(false);
});

test('a virtme-run that is too old for what is asked of it is passed over, and its lack named', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'virtme-'));
  const path = join(directory, 'virtme-run');
  const said: string[] = [];
  const exec = {
    run: (words: readonly string[]) =>
      words[0] === path ? systemExec.run(words) : Promise.reject(new Error('not here')),
  };
  const find = async (options: string) => {
    await writeFile(path, `#!/bin/sh\necho 'usage: ${options}'\n`);
    await chmod(path, 0o755);
    const env = { PATH: directory, XDG_CACHE_HOME: directory };
    return findVirtme({ exec, env, onProgress: (text) => void said.push(text) }).catch(() => null);
  };
  try {
    expect(await find('--kimg --mods --script-sh')).toBeNull();
    expect(said[0]).toContain('does not know --disable-microvm');
    expect(await find('--disable-microvm --show-boot-console --busybox --no-virtme-ng-init --script-sh')).toBe(path);
  } finally {
    await rm(directory, { recursive: true });
  }
});
