import { describe, expect, it } from 'vitest';
import { KILLED_FOR_MEMORY } from '../testbed/testbed.ts';
import { FakeRun, makeFakeScenario, TRIAL_MS } from './testing/fake-run.ts';
import type { ComingLoad } from './testing/fake-testbed.ts';

/** So far apart in every other round that no interval becomes narrow. */
const restless = ({ modeId, count }: ComingLoad) => ({
  medianUs: modeId === 'nftables' && count % 2 === 1 ? 300 : 100,
});

const indexes = (trials: readonly { readonly plan: { readonly index: number } }[]) =>
  trials.map(({ plan }) => plan.index);

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a run', () => {
  it('takes the least rounds where its intervals are narrow, in the order of the plan, and is complete', async () => {
    await using run = await FakeRun.make();
    const header = await run.measure();
    const stored = await run.load();
    expect([header.status, header.statusReason]).toEqual(['complete', null]);
    expect(stored.header).toEqual(header);
    expect(indexes(stored.trials)).toEqual(upTo(8));
    expect(stored.trials.every(({ valid }) => valid)).toBe(true);
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: 'block-finished', rounds: 4, because: 'narrow-enough', widestUs: 0 }),
    );
  });

  it('takes the most rounds where they are wide', async () => {
    await using run = await FakeRun.make();
    run.laboratory.fateOf = restless;
    expect((await run.measure()).status).toBe('complete');
    expect(indexes((await run.load()).trials)).toEqual(upTo(12));
    expect(run.events).toContainEqual(expect.objectContaining({ type: 'block-finished', because: 'max-rounds' }));
  });

  it('stands every mode up once for each size, ascending, and leaves nothing behind', async () => {
    await using run = await FakeRun.make(makeFakeScenario({}, { sizesServices: [1, 10] }));
    await run.measure();
    expect(run.laboratory.stood.map(({ sizeServices, modeId }) => `${sizeServices} ${modeId}`)).toEqual([
      '1 iptables-nft',
      '1 nftables',
      '10 iptables-nft',
      '10 nftables',
    ]);
    expect((await run.load()).nodes).toHaveLength(4);
    expect(run.laboratory.isOpen).toBe(false);
  });
});

describe('the budget', () => {
  it('ends a size when one more round would be late, leaves the others their part, and says so', async () => {
    const sizes = { sizesServices: [1, 10] };
    await using run = await FakeRun.make(makeFakeScenario({ maxRounds: 30, budgetMs: 100 * TRIAL_MS }, sizes));
    run.laboratory.fateOf = restless;
    const header = await run.measure();
    expect(header.status).toBe('budget-spent');
    expect(header.statusReason).toBe(
      'the time of 150 s was up at 10 Services before every interval was as narrow as asked',
    );
    const ends = run.events.filter((event) => event.type === 'block-finished');
    // The measurement of the instrument takes 2.8 s of 150 s: 73.6 s for each size are 24 rounds of 3 s.
    expect(ends).toMatchObject([
      { sizeServices: 1, because: 'budget-spent', rounds: 24 },
      { sizeServices: 10, because: 'budget-spent', rounds: 25 },
    ]);
    expect(header.timing.totalMs).toBeLessThanOrEqual(150_000);
  });

  it('never costs a size its least rounds', async () => {
    const sizes = { sizesServices: [1, 10] };
    await using run = await FakeRun.make(makeFakeScenario({ budgetMs: TRIAL_MS }, sizes));
    run.laboratory.fateOf = restless;
    expect((await run.measure()).status).toBe('budget-spent');
    expect(indexes((await run.load()).trials)).toEqual([...upTo(8), ...upTo(8).map((index) => 12 + index)]);
  });
});

describe('a broken laboratory', () => {
  it('ends the run at the third loss in a row, with the trials kept and exit 4', async () => {
    await using run = await FakeRun.make();
    run.laboratory.fateOf = ({ count }) => (count >= 1 ? 'lost' : { medianUs: 100 });
    await expect(run.measure()).rejects.toMatchObject({ exitCode: 4 });
    const { header, trials } = await run.load();
    expect(header.status).toBe('failed');
    expect(header.statusReason).toBe('3 trials in a row were lost: load client 1 of 1 ended without a result');
    expect(trials.map(({ load, valid }) => [load !== null, valid])).toEqual([
      [true, true],
      [true, true],
      [false, false],
      [false, false],
      [false, false],
    ]);
    expect(run.laboratory.isOpen).toBe(false);
  });

  it('is none after two losses, however often', async () => {
    await using run = await FakeRun.make();
    run.laboratory.fateOf = ({ count }) => (count % 2 === 1 ? 'lost' : { medianUs: 100 });
    expect((await run.measure()).status).toBe('complete');
    expect((await run.load()).trials.filter(({ valid }) => !valid)).toHaveLength(6);
  });

  it.each([
    { code: 'kube-proxy-ended', exitCode: 4 },
    { code: KILLED_FOR_MEMORY, exitCode: 3 },
  ])('ends the run with exit $exitCode when a process ended: $code', async ({ code, exitCode }) => {
    await using run = await FakeRun.make();
    run.laboratory.fateOf = ({ modeId, count }) => {
      if (modeId === 'nftables' && count === 1)
        run.laboratory.failures.push({ code, message: 'kube-proxy is gone', remedy: 'read its log' });
      return { medianUs: 100 };
    };
    await expect(run.measure()).rejects.toMatchObject({ exitCode, message: 'kube-proxy is gone' });
    const { header, trials } = await run.load();
    expect(header.status).toBe('failed');
    expect(trials.at(-1)).toMatchObject({ valid: false, invalid: [{ code }] });
  });
});

describe('modes that stand one at a time', () => {
  it('stand anew in every round, but for one that ended the round before, and each standing is recorded', async () => {
    await using run = await FakeRun.make();
    await run.measure({ arrangement: { standing: 'one-at-a-time', reason: null } });
    const { trials, nodes, header } = await run.load();
    const changes = trials.filter(({ plan }, at) => plan.modeId !== trials[at - 1]?.plan.modeId);
    expect(changes.length).toBeLessThan(trials.length);
    expect(run.laboratory.stood.map(({ modeId }) => modeId)).toEqual(changes.map(({ plan }) => plan.modeId));
    expect(nodes.map(({ modeId }) => modeId)).toEqual(changes.map(({ plan }) => plan.modeId));
    expect(header.plan.standing).toBe('one-at-a-time');
  });

  it('have their standing up counted in the length of a round', async () => {
    await using run = await FakeRun.make(makeFakeScenario({ maxRounds: 30, budgetMs: 100_000 }));
    run.laboratory.fateOf = restless;
    run.laboratory.standUpMs = 5000;
    const header = await run.measure({ arrangement: { standing: 'one-at-a-time', reason: null } });
    expect(header.status).toBe('budget-spent');
    expect(header.timing.totalMs).toBeLessThanOrEqual(100_000);
    expect(header.timing.totalMs).toBeGreaterThan(100_000 - 2 * (5000 + TRIAL_MS));
    expect(header.timing.setUpMs).toBe(2800 + 5000 * run.laboratory.stood.length);
  });
});

describe('a signal', () => {
  it('ends the run in mid trial: what is measured stays, the trial that was under way is none, nothing stands any more', async () => {
    await using run = await FakeRun.make();
    await run.breakOff(5);
    const { header, trials } = await run.load();
    expect([header.status, header.statusReason]).toEqual(['interrupted', 'interrupted']);
    expect(header.endedAt).not.toBeNull();
    expect(indexes(trials)).toEqual(upTo(5));
    expect(run.laboratory.isOpen).toBe(false);
    expect(run.events.at(-1)).toMatchObject({ type: 'run-finished', status: 'interrupted', trials: 5 });
  });

  it('that reaches the client too makes no lost trial of it', async () => {
    await using run = await FakeRun.make();
    run.laboratory.fateOf = ({ count }) => (count === 2 ? 'lost' : { medianUs: 100 });
    await run.breakOff(5);
    expect((await run.load()).trials.filter(({ plan }) => plan.index >= 5)).toEqual([]);
  });

  it('that comes before the testbed is open leaves no header', async () => {
    await using run = await FakeRun.make();
    run.onEvent = (event, interrupt) => event.type === 'run-started' && interrupt();
    await expect(run.measure()).rejects.toMatchObject({ exitCode: 130 });
    await expect(run.load()).rejects.toThrow('run.json is not there');
  });
});

describe('an emulated guest', () => {
  it('runs at the rate that its capacity allows, and the request stays what was asked for', async () => {
    await using run = await FakeRun.make();
    const { laboratory } = run;
    laboratory.environment = { ...laboratory.environment, execution: 'emulated' };
    laboratory.clientCpuUsPerRequest = 20_000;
    const header = await run.measure();
    expect(header.capacity).toMatchObject([{ policyId: 'per-request', requestsPerSecond: 100 }]);
    expect([header.usedRateRps, header.scenario.load.rateRps]).toEqual([50, 100]);
    expect(header.warnings.map(({ code }) => code)).toContain('rate-lowered');
    const [probe, ...ofTrials] = laboratory.specs.map(({ rateRps }) => rateRps);
    expect(probe).toBe(50);
    expect(new Set(ofTrials)).toEqual(new Set([50]));
  });

  it('is the only place where the rate gives way: another machine refuses it before the first trial', async () => {
    await using run = await FakeRun.make();
    run.laboratory.clientCpuUsPerRequest = 20_000;
    await expect(run.measure()).rejects.toMatchObject({ exitCode: 2, remedy: 'ask for at most --rate 50' });
    expect((await run.load()).trials).toEqual([]);
    expect(run.laboratory.stood).toEqual([]);
  });
});
