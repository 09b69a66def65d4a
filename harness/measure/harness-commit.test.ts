import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Exec, systemExec } from '../system/exec.ts';
import { loadCommit } from './harness-commit.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'a checkout-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** git with variables of its own. */
const gitWith = (env: Readonly<Record<string, string>>): Exec => ({
  run: (command, options) => systemExec.run(command, { ...options, env: { ...options?.env, ...env } }),
});

function makeCheckout(): string {
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words]);
  git('init', '-q');
  writeFileSync(join(root, 'file'), 'x');
  git('add', 'file');
  git('commit', '-q', '-m', 'x');
  return git('rev-parse', 'HEAD').toString().trim();
}

test('the commit of a checkout, marked when a known file was changed', async () => {
  const commit = makeCheckout();
  expect(await loadCommit(gitWith({}), root)).toEqual({ harnessCommit: commit });
  writeFileSync(join(root, 'unknown'), 'x');
  expect(await loadCommit(gitWith({}), root)).toEqual({ harnessCommit: commit });
  writeFileSync(join(root, 'file'), 'y');
  expect(await loadCommit(gitWith({}), root)).toEqual({ harnessCommit: `${commit}+changes` });
});

test('the checkout is asked for, whatever a hook of git or the user’s language say', async () => {
  const commit = makeCheckout();
  vi.stubEnv('GIT_DIR', join(root, 'another'));
  vi.stubEnv('GIT_WORK_TREE', '/');
  vi.stubEnv('GIT_INDEX_FILE', join(root, 'no-index'));
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
  try {
    expect(await loadCommit(systemExec, root)).toEqual({ harnessCommit: commit });
  } finally {
    vi.unstubAllEnvs();
  }
});

test('git’s refusal of somebody else’s checkout is told, with the command that allows it', async () => {
  makeCheckout();
  const found = await loadCommit(gitWith({ GIT_TEST_ASSUME_DIFFERENT_OWNER: '1', HOME: root }), root);
  expect(found).toMatchObject({
    harnessCommit: null,
    harnessCommitUnknown: {
      message: expect.stringContaining('another user owns it'),
      remedy: 'in the checkout: git config --global --add safe.directory "$PWD"',
    },
  });
});

test('a broken repository is told in git’s words, and a machine without git as such', async () => {
  mkdirSync(join(root, '.git'));
  const broken = await loadCommit(gitWith({}), root);
  expect(broken.harnessCommitUnknown?.message).toContain('not a git repository');
  const none: Exec = { run: ([, ...words], options) => systemExec.run(['/no/such/git', ...words], options) };
  expect((await loadCommit(none, root)).harnessCommitUnknown).toMatchObject({ remedy: 'install git' });
});

test('outside a checkout there is none and nothing to tell, also inside somebody else’s repository', async () => {
  makeCheckout();
  const inner = join(root, 'unpacked');
  mkdirSync(inner);
  expect(await loadCommit(gitWith({}), inner)).toEqual({ harnessCommit: null });
});
