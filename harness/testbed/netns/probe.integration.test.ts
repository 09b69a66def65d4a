import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Exec, systemExec } from '../../system/exec.ts';
import { answersPing } from './probe.ts';

/** Runs what would run in the namespace here, with a ping of our own. */
async function askWith(ping: string | null): Promise<boolean | null> {
  const directory = await mkdtemp(join(tmpdir(), 'ping-'));
  const path = join(directory, 'ping');
  if (ping !== null) {
    await writeFile(path, `#!/bin/sh\n${ping}\n`);
    await chmod(path, 0o755);
  }
  const exec: Exec = { run: ([, , , ...words], options) => systemExec.run([path, ...words], options) };
  try {
    return await answersPing({ exec, slowness: 1 }, 'none', '192.0.2.1');
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('an answer is yes, silence is no', async () => {
  expect(await askWith('exit 0')).toBe(true);
  expect(await askWith('echo "1 packets transmitted, 0 received, 100% packet loss"; exit 1')).toBe(false);
});

test('a ping that could not ask is unknown: iputils ends with 2, BusyBox with 1 and a word, a missing one not at all', async () => {
  expect(await askWith('echo "ping: socket: Operation not permitted" >&2; exit 2')).toBeNull();
  expect(await askWith('echo "ping: permission denied (are you root?)" >&2; exit 1')).toBeNull();
  expect(await askWith('exit 127')).toBeNull();
  expect(await askWith(null)).toBeNull();
});
