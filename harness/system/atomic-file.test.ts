import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFileAtomically } from './atomic-file.ts';

test('a folder that somebody takes away while it is written into is told, with what to do', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'atomic-'));
  await writeFileAtomically(join(directory, 'run.json'), 'one');
  expect(await readFile(join(directory, 'run.json'), 'utf8')).toBe('one');
  await rm(directory, { recursive: true });
  await expect(writeFileAtomically(join(directory, 'run.json'), 'two')).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining(`${directory} is gone`),
  });
});
