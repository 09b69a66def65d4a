import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { laboratoryCommand } from '../launch/namespaces.ts';
import { systemExec } from '../system/exec.ts';
import { OWN_RUN_SCRIPT } from './own-run.ts';

const PLACE = `/run/own-run-test-${process.pid}`;
const LINK = `${PLACE}-link`;
const isRoot = process.getuid?.() === 0;
const ORDINARY = ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups', '--'];

describe.skipIf(!isRoot && process.env.CI !== 'true')('a /run of our own (needs root)', () => {
  beforeAll(async () => {
    await mkdir(`${PLACE}/a b`, { recursive: true });
    await writeFile(`${PLACE}/a b/file`, 'whose\n');
    await symlink(PLACE, LINK);
  });
  afterAll(async () => {
    await rm(PLACE, { recursive: true });
    await rm(LINK);
  });

  const inside = (user: 'root' | 'ordinary', script: string) => {
    const program = ['sh', '-c', `${OWN_RUN_SCRIPT} || exit; ${script}`];
    return systemExec.run([...(user === 'root' ? [] : ORDINARY), ...laboratoryCommand({ user, program })]);
  };

  test.each(['root', 'ordinary'] as const)('has what was below the host’s (%s)', async (user) => {
    const { stdout } = await inside(user, `cat '${PLACE}/a b/file' '${LINK}/a b/file'; ls -d /tmp/*`);
    expect(stdout).toMatch(/^whose\nwhose\n\/tmp\//);
  });

  test.each(['root', 'ordinary'] as const)('has namespaces and a lock for itself (%s)', async (user) => {
    const script = 'ip netns add own-run-test && ls /run/netns && : >/run/xtables.lock && test ! -s /run/xtables.lock';
    expect((await inside(user, script)).stdout).toBe('own-run-test\n');
    const outside = await systemExec.run(['sh', '-c', 'ls /run/netns 2>/dev/null || :']);
    expect(outside.stdout).not.toContain('own-run-test');
  });
});
