import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemExec } from '../../system/exec.ts';
import { policyScript } from './apt.ts';
import { PREREQUISITES } from './prerequisites.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'apt-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('policy-rc.d forbids starts while its owner lives, and removes itself when the owner was killed', async () => {
  const owner = spawn('sleep', ['60']);
  const stat = await readFile(`/proc/${owner.pid}/stat`, 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const path = join(directory, 'policy-rc.d');
  await writeFile(path, policyScript({ path, pid: owner.pid ?? 0, started }));
  await chmod(path, 0o755);
  await expect(systemExec.run([path, 'nginx', 'start'])).rejects.toMatchObject({ exitCode: 101 });
  const ended = new Promise((resolve) => owner.once('exit', resolve));
  owner.kill('SIGKILL');
  await ended;
  expect((await systemExec.run([path, 'nginx', 'start'])).exitCode).toBe(0);
  await expect(readFile(path)).rejects.toThrow(/ENOENT/);
});

const hasApt = await systemExec.run(['apt-cache', '--version']).then(
  () => true,
  () => false,
);

test.skipIf(!hasApt)('every package of the table exists in Debian', async () => {
  const names = [...new Set(PREREQUISITES.map((one) => one.debianPackage))];
  const { stdout } = await systemExec.run(['apt-cache', 'show', '--no-all-versions', ...names]);
  const found = [...stdout.matchAll(/^Package: (.+)$/gm)].map((match) => match[1]);
  expect(found.sort()).toEqual(names.sort());
});
