import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EnvironmentError } from '../../errors.ts';
import { CommandError, type Exec } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { installDebianPackages } from './apt.ts';
import { PREREQUISITES } from './prerequisites.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'preflight-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

function failure(stderr: string): CommandError {
  const end = { exitCode: 100, signal: null, durationMs: 1, cwd: '/', timedOut: false, notFound: false, cause: null };
  return new CommandError({ command: 'apt-get', stderr, ...end });
}

/** apt-get that knows its packages only after an update, or never. Its words are those of apt 2.6 (Debian 12). */
function apt(
  knows: 'at once' | 'after update' | 'never',
  simulated = 'Inst ipset (7.17-1 Debian:12 [amd64])\n',
): Exec & { readonly ran: string[] } {
  const ran: string[] = [];
  let updated = knows === 'at once';
  return {
    ran,
    async run(command) {
      const verbs = ['--simulate', 'install', 'update', 'disable'];
      const verb = command.find((word) => verbs.includes(word)) ?? '';
      ran.push(verb);
      if (verb === 'update') updated = knows !== 'never';
      if (!updated && verb !== 'update') throw failure('E: Unable to locate package ipset\n');
      return { stdout: verb === '--simulate' ? simulated : '', stderr: '', exitCode: 0 };
    },
  };
}

describe('installing packages', () => {
  test('fetches the package lists only when those at hand do not do', async () => {
    const fresh = apt('at once');
    await installDebianPackages(['ipset'], fresh, { policyPath: join(directory, 'policy-rc.d') });
    expect(fresh.ran).toEqual(['--simulate', 'install']);
    const old = apt('after update');
    await installDebianPackages(['ipset'], old, { policyPath: join(directory, 'policy-rc.d') });
    expect(old.ran).toEqual(['--simulate', 'update', '--simulate', 'install']);
  });

  test('keeps an nginx that came with it from starting at the next boot', async () => {
    const exec = apt('at once');
    await installDebianPackages(['nginx'], exec, { policyPath: join(directory, 'policy-rc.d') });
    expect(exec.ran).toEqual(['--simulate', 'install', 'disable']);
  });

  test('never upgrades or removes what is here: it is tried on paper first, and refused', async () => {
    const upgrade = 'Inst systemd [252.38-1~deb12u1] (252.39-1~deb12u2 Debian:12.12/oldstable [amd64])\n';
    for (const [paper, name] of [
      [upgrade, 'systemd'],
      ['Remv busybox [1:1.35.0-4]\n', 'busybox'],
    ] as const) {
      const exec = apt('at once', paper);
      const tried = installDebianPackages(['ipset'], exec, { policyPath: join(directory, 'policy-rc.d') });
      await expect(tried).rejects.toThrow(name);
      expect(exec.ran).toEqual(['--simulate']);
    }
  });

  test('asks with all that would come, and does nothing when the answer is no', async () => {
    const exec = apt('at once', 'Inst libipset13 (7.17-1 Debian:12 [amd64])\nInst ipset (7.17-1 Debian:12 [amd64])\n');
    const asked: (readonly string[])[] = [];
    const mayInstall = async (packages: readonly string[]) => asked.push(packages) > 1;
    const options = { policyPath: join(directory, 'policy-rc.d'), mayInstall };
    expect(await installDebianPackages(['ipset'], exec, options)).toBe('nothing done');
    expect([asked, exec.ran]).toEqual([[['libipset13', 'ipset']], ['--simulate']]);
  });

  test('that fails is an error of the environment with the command to type', async () => {
    const error = await installDebianPackages(['ipset'], apt('never'), {
      policyPath: join(directory, 'policy-rc.d'),
    }).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error).toMatchObject({ exitCode: 3, remedy: expect.stringContaining('apt-get install') });
    expect(String(error)).toContain('Unable to locate package ipset');
  });
});

test('a tool is found on PATH first, then where administrators keep theirs; a file that cannot be started is none', async () => {
  const tool = join(directory, 'some-tool');
  await writeFile(tool, '');
  expect(findTool('some-tool', { PATH: directory })).toBeNull();
  await chmod(tool, 0o755);
  expect(findTool('some-tool', { PATH: `/nowhere:${directory}` })).toBe(tool);
  expect(findTool('no-such-tool', {})).toBeNull();
});

test('every prerequisite says what it is for and which package brings it', () => {
  for (const one of PREREQUISITES) expect([one.purpose, one.debianPackage]).not.toContain('');
  expect(new Set(PREREQUISITES.map((one) => one.tool)).size).toBe(PREREQUISITES.length);
});
