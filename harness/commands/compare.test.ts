import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NFTABLES } from '../analysis/testing/synthetic-run.ts';
import type { Run } from '../model/run.ts';
import { type CompareOptions, runCompare } from './compare.ts';
import { makeRun, storeRun } from './testing/stored-run.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'compare-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function compare(runs: readonly Run[], options: Partial<CompareOptions> = {}) {
  const ids: string[] = [];
  for (const run of runs) ids.push(await storeRun(directory, run));
  let stdout = '';
  let stderr = '';
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const code = await runCompare(
    { runs: ids, by: 'kernel', force: false, failOn: [], failOnUnsure: false, runsDirectory: directory, ...options },
    { streams, env: {} },
  );
  return { code, stdout, stderr };
}

const OTHER_RATE = (run: Run): Run => {
  const { scenario } = run.header;
  return { ...run, header: { ...run.header, scenario: { ...scenario, load: { ...scenario.load, rateRps: 500 } } } };
};

describe('compare', () => {
  test('shows differences with intervals and exits 0 when nothing is to fail on', async () => {
    const { code, stdout } = await compare([makeRun('6.1.0', 1), makeRun('6.18.0', 1.5)]);
    expect(code).toBe(0);
    expect(stdout).toContain('2 kernels compared');
    expect(stdout).toMatch(/6\.18\.0 \(run-6\.18\.0\) against 6\.1\.0/);
    expect(stdout).toMatch(/handshake p50 .*\\\[/);
  });

  test('exits 1 when a stated margin is exceeded for sure, and says where', async () => {
    const { code, stdout } = await compare([makeRun('6.1.0', 1), makeRun('6.18.0', 3)], {
      failOn: ['handshake.p50>20%'],
    });
    expect(code).toBe(1);
    expect(stdout).toContain('### Rules broken');
    const same = await compare([makeRun('6.1.0', 1), makeRun('6.18.0', 1)], { failOn: ['handshake.p50>20%'] });
    expect(same.code).toBe(0);
  });

  /** Two rounds give no interval: nothing can be judged. */
  const SHORT = (run: Run): Run => ({ ...run, trials: run.trials.filter(({ plan }) => plan.round < 2) });

  test('says when a rule could not be judged, and fails for it only when asked to', async () => {
    const runs = [makeRun('6.1.0', 1, SHORT), makeRun('6.18.0', 2, SHORT)];
    const failOn = ['handshake.p50>10%'];
    const open = await compare(runs, { failOn });
    expect(open.code).toBe(0);
    expect(open.stdout).toMatch(/^\*\*.*Rule handshake\.p50.*: could not be judged: all [0-9]+ cases are unsure/m);
    expect(open.stderr).toContain('--fail-on-unsure makes that exit 1');
    const strict = await compare(runs, { failOn, failOnUnsure: true });
    expect([strict.code, strict.stdout]).toEqual([1, open.stdout]);
    const judged = await compare([makeRun('6.1.0', 1), makeRun('6.18.0', 1)], {
      failOn: ['handshake.p50>500%'],
      failOnUnsure: true,
    });
    expect(judged.code).toBe(0);
    await expect(compare(runs, { failOnUnsure: true })).rejects.toMatchObject({ exitCode: 2 });
  });

  test('refuses a run beside itself, by whatever word, and beside a copy of itself', async () => {
    const run = makeRun('6.1.0', 1);
    const id = await storeRun(directory, run);
    await cp(join(directory, id), join(directory, 'copy'), { recursive: true });
    for (const other of [id, join(directory, id), join(directory, id, 'run.json'), join(directory, 'copy')])
      await expect(compare([], { runs: [id, other] })).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining('are the same run: run-6.1.0'),
      });
  });

  test('does not count runs of one kernel as several kernels', async () => {
    const again = makeRun('6.1.0', 1.01, (run) => ({ ...run, header: { ...run.header, id: 'again' } }));
    expect((await compare([makeRun('6.1.0', 1), again])).stdout).toContain('## 2 runs of one kernel compared');
  });

  test('refuses runs that differ in more than the axis, and lists in what', async () => {
    const runs = [makeRun('6.1.0', 1), makeRun('6.18.0', 1, OTHER_RATE)];
    await expect(compare(runs)).rejects.toThrow(/differ in more than their kernels:\n.*rate.*1000 \| 500/is);
  });

  test('--force compares them all the same and marks page and Markdown', async () => {
    const runs = [makeRun('6.1.0', 1), makeRun('6.18.0', 1, OTHER_RATE)];
    const toDirectory = join(directory, 'out');
    const { stdout } = await compare(runs, { force: true, toDirectory });
    expect(stdout).toContain('**Forced:**');
    const page = await readFile(join(toDirectory, 'compare.html'), 'utf8');
    expect(page).toContain('<strong>Forced.</strong>');
    // Two policies' differences; and for each of the two runs programming, a change, time per rule, time per Service, CPU per connection.
    expect(page.match(/<svg/g)?.length).toBe(2 + 2 * 5);
    expect(await readFile(join(toDirectory, 'compare.md'), 'utf8')).toBe(stdout);
  });

  test('says which mode a run lacks, by the name that the run has on the axis', async () => {
    const without = makeRun('5.10.0', 1, (run) => ({
      ...run,
      nodes: run.nodes.filter(({ modeId }) => modeId !== NFTABLES.id),
      trials: run.trials.filter(({ plan }) => plan.modeId !== NFTABLES.id),
    }));
    const { stdout } = await compare([without, makeRun('6.1.0', 1), makeRun('6.18.0', 1)]);
    expect(stdout).toContain(
      'Lacking in a run, and so not compared with it: nftables at 1 and 1,000 Services (not in 5.10.0).',
    );
    expect(stdout).toContain('| Programming time | 1,000 | nftables | – | 1.20 s | 1.20 s |');
  });

  test('refuses an axis that there is not, and names those there are', async () => {
    await expect(compare([makeRun('6.1.0', 1), makeRun('6.18.0', 1)], { by: 'weather' })).rejects.toMatchObject({
      remedy: 'take one of: kernel, kubeProxy, iptables, commit, testbed',
    });
  });
});
