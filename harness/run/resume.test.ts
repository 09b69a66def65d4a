import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headerOfWhatRan } from '../model/run.ts';
import { JOURNAL_FILE } from '../store/journal.ts';
import { HEADER_FILE } from '../store/store.ts';
import { FakeRun, makeFakeScenario, TRIAL_MS } from './testing/fake-run.ts';
import type { ComingLoad } from './testing/fake-testbed.ts';

/** So far apart in every other round that no interval becomes narrow; by the mode alone, so that a node that stands anew begins again. */
const restless = ({ modeId, count }: ComingLoad) => ({
  medianUs: modeId === 'nftables' && count % 2 === 1 ? 300 : 100,
});

const SIZES = { sizesServices: [1, 10] };
const RESUME = { resume: true } as const;

/** A run of two sizes with twelve trials each at the most, broken off in that trial. */
async function breakOff(trialIndex: number): Promise<FakeRun> {
  const run = await FakeRun.make(makeFakeScenario({}, SIZES));
  run.laboratory.fateOf = restless;
  await run.breakOff(trialIndex);
  run.laboratory.stood.length = 0;
  run.events.length = 0;
  return run;
}

async function placesOf(run: FakeRun) {
  return (await run.load()).trials.map(({ plan }) => plan);
}

describe('a run that was broken off in the middle of a round', () => {
  it.each([1, 5, 13, 19])('takes the same trials in the same places as one that was not, in trial %i', async (at) => {
    await using whole = await FakeRun.make(makeFakeScenario({}, SIZES));
    whole.laboratory.fateOf = restless;
    await whole.measure();
    await using run = await breakOff(at);
    const header = await run.measure(RESUME);
    expect(header.status).toBe('complete');
    expect(await placesOf(run)).toEqual(await placesOf(whole));
    expect(run.events[0]).toMatchObject({ type: 'run-started', resumedTrials: at });
  });

  it('stands up no size that is done, and records the nodes that stand anew', async () => {
    await using run = await breakOff(13);
    await run.measure(RESUME);
    expect(run.laboratory.stood.map(({ sizeServices }) => sizeServices)).toEqual([10, 10]);
    const { nodes } = await run.load();
    expect(nodes.map(({ sizeServices, modeId }) => `${sizeServices} ${modeId}`)).toEqual([
      '1 iptables-nft',
      '1 nftables',
      '10 iptables-nft',
      '10 nftables',
      '10 iptables-nft',
      '10 nftables',
    ]);
  });

  it('keeps its plan, whatever order would be drawn today, and the words that began it', async () => {
    await using run = await breakOff(5);
    const { header: before } = await run.load();
    const scenario = { ...before.scenario, seed: before.scenario.seed + 1 };
    const header = await run.measure({ ...RESUME, scenario, command: ['bench', '--resume', 'latest'] });
    expect(header.plan).toEqual(before.plan);
    expect([header.command, header.startedAt]).toEqual([before.command, before.startedAt]);
    expect((await placesOf(run)).map(({ index }) => index)).toEqual(Array.from({ length: 24 }, (_, index) => index));
  });

  it('goes on with the time that it had left', async () => {
    await using run = await FakeRun.make(makeFakeScenario({ maxRounds: 30, budgetMs: 40 * TRIAL_MS }));
    run.laboratory.fateOf = restless;
    await run.breakOff(19);
    const header = await run.measure(RESUME);
    expect(header.status).toBe('budget-spent');
    expect(header.timing.totalMs).toBeLessThanOrEqual(60_000);
    expect(header.timing.totalMs).toBeGreaterThan(60_000 - 2 * TRIAL_MS);
    expect(header.timing.setUpMs).toBe(2 * 2800);
    expect(header.timing.loadMs).toBe(1000 * (await run.load()).trials.length);
  });

  it('gets its time once more where it had spent it', async () => {
    await using run = await FakeRun.make(makeFakeScenario({ maxRounds: 30, budgetMs: 20 * TRIAL_MS }));
    run.laboratory.fateOf = restless;
    expect((await run.measure()).status).toBe('budget-spent');
    const first = (await run.load()).trials.length;
    await run.measure(RESUME);
    expect((await run.load()).trials.length).toBe(2 * first);
  });

  it('measures a trial again whose line was torn', async () => {
    await using run = await breakOff(5);
    const journal = join(run.directory, JOURNAL_FILE);
    await truncate(journal, (await readFile(journal)).length - 10);
    const header = await run.measure(RESUME);
    expect(header.status).toBe('complete');
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: 'warning', reason: expect.objectContaining({ code: 'torn-line' }) }),
    );
    expect((await placesOf(run)).map(({ index }) => index)).toEqual(Array.from({ length: 24 }, (_, index) => index));
  });

  it('goes on at the rate that it began with, in an emulated guest that could do another by now', async () => {
    await using run = await FakeRun.make();
    const { laboratory } = run;
    laboratory.environment = { ...laboratory.environment, execution: 'emulated' };
    laboratory.clientCpuUsPerRequest = 20_000;
    await run.breakOff(5);
    laboratory.clientCpuUsPerRequest = 100;
    const header = await run.measure(RESUME);
    expect(header.usedRateRps).toBe(50);
    expect(new Set((await run.load()).trials.map(({ load }) => load?.requestedRateRps))).toEqual(new Set([50]));
  });
});

describe('a run goes on nowhere else', () => {
  const refused = { exitCode: 2, message: expect.stringContaining('no longer this place') };

  /** Nothing is measured, and the run is on the disk as it was. */
  async function expectRefusal(run: FakeRun, change: Parameters<FakeRun['measure']>[0] = {}): Promise<void> {
    const before = await readFile(join(run.directory, HEADER_FILE), 'utf8');
    await expect(run.measure({ ...RESUME, ...change })).rejects.toMatchObject(refused);
    expect(await readFile(join(run.directory, HEADER_FILE), 'utf8')).toBe(before);
    expect(run.laboratory.stood).toEqual([]);
    expect(run.laboratory.isOpen).toBe(false);
  }

  it('not on another kernel', async () => {
    await using run = await breakOff(5);
    const { laboratory } = run;
    const { kernel } = laboratory.environment;
    laboratory.environment = { ...laboratory.environment, kernel: { ...kernel, release: '6.1.1' } };
    await expectRefusal(run);
  });

  it('not with another kube-proxy', async () => {
    await using run = await breakOff(5);
    const { laboratory } = run;
    const tools = { 'kube-proxy 1.36.4': { path: null, version: '1.36.4', sha256: null } };
    laboratory.environment = { ...laboratory.environment, tools };
    await expectRefusal(run);
  });

  it('not with other settings', async () => {
    await using run = await breakOff(5);
    const { scenario } = headerOfWhatRan((await run.load()).header);
    await expectRefusal(run, { scenario: { ...scenario, load: { ...scenario.load, durationMs: 2000 } } });
  });

  it('not with a kube-proxy that turns out to be set otherwise when it stands: its first trial is not taken', async () => {
    await using run = await FakeRun.make();
    run.laboratory.recordOf = ({ modeId, standing }) =>
      modeId === 'nftables' ? { effectiveConfig: `minSyncPeriod: ${standing}s` } : {};
    await run.breakOff(5);
    await expect(run.measure(RESUME)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('node.nftables.effectiveConfig: minSyncPeriod: 1s | minSyncPeriod: 2s'),
    });
    const { header, trials, nodes } = await run.load();
    expect(header.status).toBe('failed');
    expect(trials).toHaveLength(5);
    expect(nodes.filter(({ modeId }) => modeId === 'nftables')).toHaveLength(1);
  });
});
