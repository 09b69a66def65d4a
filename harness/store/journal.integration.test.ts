import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from './journal.ts';
import { readLines } from './journal-lines.ts';

const PROGRAM = join(import.meta.dirname, 'testing', 'append-trials.ts');
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('the journal of a process', () => {
  it('that is killed holds every line that it was told is written', async () => {
    const child = spawn(process.execPath, [PROGRAM, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: string[] = [];
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => {
      acknowledged.push(line);
      if (acknowledged.length === 50) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    const path = join(directory, 'trials.ndjson');
    const kept = readLines(await readFile(path), path).lines.length;
    expect(acknowledged.length).toBeGreaterThanOrEqual(50);
    expect(kept).toBeGreaterThanOrEqual(acknowledged.length);
    await (await openJournal(directory)).journal[Symbol.asyncDispose]();
  });

  it('on a disk that fills up says so with exit 3, and ends with a whole line', async () => {
    // A file system of 32 KiB in a mount namespace of its own; root or, with --map-root-user, anybody.
    const script =
      'mount -t tmpfs -o size=32k tmpfs "$1" && "$2" "$3" "$1"; code=$?; cp "$1/trials.ndjson" "$1.copy"; exit $code';
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const command = [...user, '--mount', 'sh', '-c', script, 'sh', directory, process.execPath, PROGRAM];
    const failed = await promisify(execFile)('unshare', command).catch(
      (error: { code: number; stdout: string }) => error,
    );
    expect(failed).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/EnvironmentError: no space left to write .*trials\.ndjson \(ENOSPC\)/),
    });
    const copy = await readFile(`${directory}.copy`);
    await rm(`${directory}.copy`);
    expect(copy.at(-1)).toBe(0x0a);
    expect(readLines(copy, 'copy').lines.length).toBeGreaterThan(20);
  });
});
