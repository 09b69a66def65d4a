import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadRun, writeRunHeader } from '../store/store.ts';
import { makeSampleHeader } from '../store/testing/sample-run.ts';
import { tryFileLock } from '../system/file-lock.ts';
import {
  clearDeadTemporaryDirectories,
  findDeadTemporaryDirectories,
  findSilentTemporaryDirectories,
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
  await writeFile(join(path, 'lock'), '');
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
    // The lock goes with a process of its own, which has to notice.
    await vi.waitUntil(async () => (await findDeadTemporaryDirectories(env)).length > 0, { timeout: 5000 });
    expect(await clearDeadTemporaryDirectories(env)).toEqual([path]);
    expect(existsSync(path)).toBe(false);
  });

  it('is not taken for a living one because its pid is used again', async () => {
    const reused = await leaveBehind((parts) => parts.splice(3, 1, '1'));
    expect(await findDeadTemporaryDirectories(env)).toEqual([reused]);
  });

  it('of another boot may be in use on another machine with the same home: it is left alone, and after a silent week people may decide', async () => {
    const elsewhere = await leaveBehind((parts) => parts.splice(0, 1, '0'.repeat(32)));
    expect(await clearDeadTemporaryDirectories(env)).toEqual([]);
    expect(await findSilentTemporaryDirectories(env)).toEqual([]);
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    await utimes(elsewhere, longAgo, longAgo);
    expect(await clearDeadTemporaryDirectories(env)).toEqual([]);
    expect(await findSilentTemporaryDirectories(env)).toEqual([elsewhere]);
  });

  it('is not dead while its lock is held or where there is none, whatever this kernel says of its process', async () => {
    const held = await leaveBehind((parts) => parts.splice(3, 1, '1'));
    const without = await leaveBehind((parts) => parts.splice(3, 1, '2'));
    await rm(join(without, 'lock'));
    const lock = await tryFileLock(join(held, 'lock'));
    expect(await findDeadTemporaryDirectories(env)).toEqual([]);
    await lock?.[Symbol.asyncDispose]();
    expect(await findDeadTemporaryDirectories(env)).toEqual([held]);
  });

  it('that is cleared closes the run that it belonged to, which else would stay "running" for ever', async () => {
    const run = join(cache, 'a-run');
    await mkdir(run);
    await writeRunHeader(run, makeSampleHeader());
    await writeFile(join(run, 'trials.ndjson'), '');
    const reused = await leaveBehind((parts) => parts.splice(3, 1, '1'));
    await writeFile(join(reused, 'request.json'), JSON.stringify({ runDirectory: run }));
    await clearDeadTemporaryDirectories(env);
    const { header } = await loadRun(run);
    expect(header).toMatchObject({ status: 'failed', statusReason: expect.stringContaining('was killed') });
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
