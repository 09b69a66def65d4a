import { mkdtemp, readFile, rm } from 'node:fs/promises';
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
  const streams = { stdout: { write: (text: string) => (stdout += text) }, stderr: { write: () => {} } };
  const code = await runCompare(
    { runs: ids, by: 'kernel', force: false, failOn: [], runsDirectory: directory, ...options },
    { streams, env: {} },
  );
  return { code, stdout };
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
    expect(stdout).toContain('| Time to programme | 1,000 | nftables | – | 1.20 s | 1.20 s |');
  });

  test('refuses an axis that there is not, and names those there are', async () => {
    await expect(compare([makeRun('6.1.0', 1), makeRun('6.18.0', 1)], { by: 'weather' })).rejects.toMatchObject({
      remedy: 'take one of: kernel, kubeProxy, iptables, commit, testbed',
    });
  });
});
