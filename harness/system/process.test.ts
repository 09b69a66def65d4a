import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemExec } from './exec.ts';
import { startProcess } from './process.ts';

const STRANGE = { HTTP_PROXY: 'http://192.0.2.1:3128', TZ: 'Asia/Kolkata', LC_ALL: 'de_DE.UTF-8', NODE_OPTIONS: '' };
const before = { ...process.env };
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'process-'));
  Object.assign(process.env, STRANGE);
});
afterEach(async () => {
  for (const name of Object.keys(STRANGE)) {
    delete process.env[name];
    if (before[name] !== undefined) process.env[name] = before[name];
  }
  await rm(directory, { recursive: true });
});

test("a process of the laboratory does not see the caller's variables", async () => {
  const logFile = join(directory, 'log');
  const running = await startProcess({ name: 'env', command: ['env'], logFile, env: { OWN: '1' } });
  await running.ended;
  const names = (await readFile(logFile, 'utf8')).match(/^\w+(?==)/gm);
  expect(names?.sort()).toEqual(['HOME', 'LANG', 'OWN', 'PATH', 'TMPDIR', 'TZ']);
});

test("a command gets the caller's variables, or the laboratory's when it is asked for them", async () => {
  const env = { OWN: '1' };
  const ask = async (variables: 'caller' | 'laboratory') =>
    (await systemExec.run(['sh', '-c', 'echo "$HTTP_PROXY $TZ $OWN"'], { env, variables })).stdout.trim();
  expect(await ask('caller')).toBe('http://192.0.2.1:3128 Asia/Kolkata 1');
  expect(await ask('laboratory')).toBe('UTC 1');
});
