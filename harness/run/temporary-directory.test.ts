import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  clearDeadTemporaryDirectories,
  findDeadTemporaryDirectories,
  makeTemporaryDirectory,
} from './temporary-directory.ts';

let cache: string;
let env: { XDG_CACHE_HOME: string };
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'cache-'));
  env = { XDG_CACHE_HOME: cache };
});
afterEach(() => rm(cache, { recursive: true }));

/** A directory as a process with that pid would have left it. */
async function leaveBehind(change: (parts: string[]) => void): Promise<string> {
  await using own = await makeTemporaryDirectory(env);
  const parts = basename(own.path).split('-');
  change(parts);
  const path = join(dirname(own.path), parts.join('-'));
  await mkdir(path);
  await writeFile(join(path, 'file'), 'x');
  return path;
}

describe('a temporary directory', () => {
  it('goes when the run disposes of it, with all that is in it', async () => {
    const directory = await makeTemporaryDirectory(env);
    await writeFile(join(directory.path, 'kube-proxy.yaml'), 'x');
    await directory[Symbol.asyncDispose]();
    expect(existsSync(directory.path)).toBe(false);
  });

  it('of a process that was killed is cleared at the next start, and that of a living one is not', async () => {
    const program = `
      import { makeTemporaryDirectory } from ${JSON.stringify(join(import.meta.dirname, 'temporary-directory.ts'))};
      console.log((await makeTemporaryDirectory(process.env)).path);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const path = String(line).trim();
    expect(await clearDeadTemporaryDirectories(env)).toEqual([]);
    expect(existsSync(path)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await clearDeadTemporaryDirectories(env)).toEqual([path]);
    expect(existsSync(path)).toBe(false);
  });

  it('is not taken for a living one because its pid is used again, or was used before the machine started anew', async () => {
    const reused = await leaveBehind((parts) => parts.splice(3, 1, '1'));
    const beforeBoot = await leaveBehind((parts) => parts.splice(0, 1, '0'.repeat(32)));
    expect([...(await findDeadTemporaryDirectories(env))].sort()).toEqual([reused, beforeBoot].sort());
  });

  it('is left alone when it is in no position to be judged: another pid namespace, a name of somebody else', async () => {
    await leaveBehind((parts) => parts.splice(1, 2, '1', '999999'));
    await mkdir(join(cache, 'service-routing-bench', 'runs', 'notes'));
    expect(await clearDeadTemporaryDirectories(env)).toEqual([]);
    expect(await readdir(join(cache, 'service-routing-bench', 'runs'))).toHaveLength(2);
  });

  it('is nothing to worry about when there never was one', async () => {
    expect(await clearDeadTemporaryDirectories(env)).toEqual([]);
  });
});
