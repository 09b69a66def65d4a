import { describe, expect, it } from 'vitest';
import type { PairedEstimate } from '../analysis/statistics/paired.ts';
import type { PlannedBlock, Standing } from '../model/plan.ts';
import { expandPlan } from '../plan/expand.ts';
import { parseScenario } from '../scenario/parse.ts';
import { nextUnit, type SizeState } from './next-unit.ts';

const TEXT = 'services: [10]\nmodes: [iptables-nft, nftables]\nload: {keepalive: [none, 100]}\n';
const scenario = parseScenario({ name: 'test', file: 'test.yaml', text: TEXT });

/** Four units in each of ten rounds. */
function planOf(standing: Standing = 'side-by-side'): PlannedBlock {
  const stop = { ...scenario.stop, minRounds: 3, maxRounds: 10 };
  const [block] = expandPlan({ ...scenario, stop }, scenario.modes, standing).blocks;
  if (block === undefined) throw new Error('the plan has no size');
  return block;
}

const block = planOf();

function estimate(halfWidthUs: number): PairedEstimate {
  return { estimateUs: 40, lowUs: 40 - halfWidthUs, highUs: 40 + halfWidthUs, rounds: 3, missingRounds: 0 };
}

/** After so many units, in the order of the plan; wide intervals and much time unless said otherwise. */
function stateAfter(units: number, change: Partial<SizeState> = {}): SizeState {
  const planned = (change.block ?? block).rounds.flatMap((round) => round.trials);
  return {
    block,
    done: new Set(planned.slice(0, units).map(({ index }) => index)),
    estimates: [estimate(50)],
    stop: { minRounds: 3, maxRounds: 10, halfWidthUs: 10 },
    clock: { elapsedMs: 1000, deadlineMs: 100_000, roundMs: 100 },
    ...change,
  };
}

const late = { elapsedMs: 99_950, deadlineMs: 100_000, roundMs: 100 };
const onTime = { ...late, elapsedMs: 99_900 };

describe('the next unit of a size', () => {
  it('is the first of the plan, then each in its order, and says its place in its round', () => {
    const planned = block.rounds.flatMap((round) => round.trials);
    for (const [count, unit] of planned.slice(0, 9).entries())
      expect(nextUnit(stateAfter(count))).toEqual({ kind: 'unit', unit, position: count % 4, unitsInRound: 4 });
  });

  it('is one that was lost among others that are done: no unit is left out, and none is measured twice', () => {
    const done = new Set(stateAfter(7).done);
    done.delete(block.rounds[0]?.trials[2]?.index ?? -1);
    expect(nextUnit(stateAfter(7, { done }))).toMatchObject({ unit: block.rounds[0]?.trials[2], position: 2 });
  });

  it('comes in the minimum of rounds, however narrow the intervals are and however late it is', () => {
    const hurried = { estimates: [estimate(1)], clock: late };
    expect(nextUnit(stateAfter(8, hurried)).kind).toBe('unit');
    expect(nextUnit(stateAfter(12, hurried)).kind).toBe('end');
  });
});

describe('a size ends', () => {
  it('when its widest interval is narrow enough, and not a hair before', () => {
    const narrow = stateAfter(12, { estimates: [estimate(2), estimate(10)] });
    expect(nextUnit(narrow)).toEqual({ kind: 'end', because: 'narrow-enough', rounds: 3, widestUs: 10 });
    expect(nextUnit({ ...narrow, estimates: [estimate(2), estimate(10.01)] }).kind).toBe('unit');
  });

  it('at the maximum of rounds, wide or not', () => {
    expect(nextUnit(stateAfter(39)).kind).toBe('unit');
    expect(nextUnit(stateAfter(40))).toEqual({ kind: 'end', because: 'max-rounds', rounds: 10, widestUs: 50 });
  });

  it('after the minimum where there is nothing to compare', () => {
    expect(nextUnit(stateAfter(12, { estimates: [] }))).toMatchObject({ because: 'nothing-to-compare', rounds: 3 });
  });

  it('when one more round would not end in time, and not while it would', () => {
    expect(nextUnit(stateAfter(12, { clock: onTime })).kind).toBe('unit');
    expect(nextUnit(stateAfter(12, { clock: { ...onTime, elapsedMs: 99_901 } }))).toEqual({
      kind: 'end',
      because: 'budget-spent',
      rounds: 3,
      widestUs: 50,
    });
  });
});

describe('a round that has begun', () => {
  it('is finished after a resume, though the time is up and the intervals are narrow: the run takes what it would have taken', () => {
    const resumed = stateAfter(14, { clock: { ...late, roundMs: null }, estimates: [estimate(1)] });
    expect(nextUnit(resumed)).toMatchObject({ kind: 'unit', unit: block.rounds[3]?.trials[2], position: 2 });
    expect(nextUnit({ ...resumed, done: stateAfter(16).done })).toMatchObject({ because: 'narrow-enough', rounds: 4 });
  });

  it('goes on with the mode that stands, where modes stand one at a time', () => {
    const plan = planOf('one-at-a-time');
    const units = [0, 1, 2, 3].map((count) => nextUnit(stateAfter(count, { block: plan })));
    const modes = units.map((next) => (next.kind === 'unit' ? next.unit.modeId : null));
    expect(modes[1]).toBe(modes[0]);
    expect(modes[3]).toBe(modes[2]);
    expect(modes[2]).not.toBe(modes[0]);
  });
});
