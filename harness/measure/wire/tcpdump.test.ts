import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CapturePlace } from './capture-place.ts';
import { Tcpdump } from './tcpdump.ts';

const signal = new AbortController().signal;
const never = () => false;

/** What is in its place, and how it failed. */
async function failureOf(script: string): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'tcpdump-'));
  try {
    await using place = await CapturePlace.make(directory);
    return await new Tcpdump(['sh', '-c', script], place, signal)
      .waitFor(never, 5000, 'did not tell its counts')
      .catch((error: unknown) => error);
  } finally {
    await rm(directory, { recursive: true });
  }
}

it.each([
  ['that was killed', 'echo listening >&2; kill -KILL $$', /^tcpdump was ended by SIGKILL from outside/],
  ['whose file became too large', 'kill -XFSZ $$', /^tcpdump was ended by SIGXFSZ.*ulimit -f/],
  ['that ended by itself', 'echo no such device >&2; exit 1', /^tcpdump did not tell its counts: no such device/],
])('a tcpdump %s is said to be', async (_what, script, words) => {
  await expect(failureOf(script)).resolves.toHaveProperty('message', expect.stringMatching(words));
});

it('a capture keeps out of a hidden folder behind a link: AppArmor goes by where a file really is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'capture-'));
  const shown = join(directory, 'shown');
  await mkdir(join(directory, '.hidden'));
  await symlink('.hidden', shown);
  await using place = await CapturePlace.make(shown);
  expect(place.packetsPath.startsWith(shown)).toBe(false);
  await using open = await CapturePlace.make(directory);
  expect(open.packetsPath.startsWith(directory)).toBe(true);
  await rm(directory, { recursive: true });
});
