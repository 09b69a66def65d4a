import { describe, expect, it } from 'vitest';
import { type Plan, planSchema } from '../model/plan.ts';
import type { Scenario } from '../model/scenario.ts';
import { parseScenario } from '../scenario/parse.ts';
import { expandPlan } from './expand.ts';

function scenario(text = ''): Scenario {
  const base = `services: [100, 1]\nmodes: [none, iptables, nftables]\nstop: {rounds: {min: 1, max: 20}}\n`;
  return parseScenario({ name: 'test', file: 'test.yaml', text: base + text });
}

function trialsOf(plan: Plan) {
  return plan.blocks.flatMap((block) => block.rounds.flatMap((round) => round.trials));
}

const orderOf = (plan: Plan) => trialsOf(plan).map(({ modeId, policyId }) => `${modeId}/${policyId}`);

describe('a plan', () => {
  it('goes through the sizes ascending, and numbers its trials in the order in which they run', () => {
    const plan = planSchema.parse(expandPlan(scenario()));
    expect(plan.blocks.map((block) => block.sizeServices)).toEqual([1, 100]);
    expect(trialsOf(plan).map((trial) => trial.index)).toEqual(Array.from({ length: 2 * 20 * 6 }, (_, index) => index));
  });

  it('has every mode and policy exactly once in every round', () => {
    for (const block of expandPlan(scenario()).blocks) {
      for (const { round, trials } of block.rounds) {
        expect(new Set(trials.map(({ modeId, policyId }) => `${modeId}/${policyId}`)).size).toBe(6);
        expect(trials.every((trial) => trial.round === round && trial.sizeServices === block.sizeServices)).toBe(true);
      }
    }
  });

  it('is the same for the same seed and another for another', () => {
    expect(expandPlan(scenario('seed: 5'))).toEqual(expandPlan(scenario('seed: 5')));
    expect(orderOf(expandPlan(scenario('seed: 5')))).not.toEqual(orderOf(expandPlan(scenario('seed: 6'))));
  });

  it('draws each round anew', () => {
    const orders = expandPlan(scenario()).blocks[0]?.rounds.map((round) =>
      round.trials.map((trial) => trial.modeId + trial.policyId).join(),
    );
    expect(new Set(orders).size).toBeGreaterThan(15);
  });

  it('keeps the order of a round when there are more rounds, or other sizes beside it', () => {
    const all = expandPlan(scenario());
    const fewer = expandPlan({ ...scenario(), sizesServices: [100], stop: { ...scenario().stop, maxRounds: 3 } });
    expect(orderOf(fewer)).toEqual(orderOf({ ...all, blocks: all.blocks.slice(1) }).slice(0, 3 * 6));
  });

  it('leaves the trials of a mode together where modes stand one at a time, in an order drawn for every round', () => {
    const plan = expandPlan(scenario(), scenario().modes, 'one-at-a-time');
    const rounds = plan.blocks.flatMap((block) => block.rounds);
    for (const { trials } of rounds) {
      const changes = trials.filter((trial, index) => trial.modeId !== trials[index - 1]?.modeId);
      expect(changes).toHaveLength(3);
      expect(new Set(trials.map(({ modeId, policyId }) => `${modeId}/${policyId}`)).size).toBe(6);
    }
    expect(new Set(rounds.map(({ trials }) => trials.map(({ modeId }) => modeId).join())).size).toBe(6);
    expect(new Set(rounds.map(({ trials }) => trials[0]?.policyId)).size).toBe(2);
    expect(trialsOf(plan).map((trial) => trial.index)).toEqual(Array.from({ length: 2 * 20 * 6 }, (_, index) => index));
  });

  it('plans only the modes that can run here', () => {
    const modes = scenario().modes.filter((mode) => mode.id !== 'none');
    expect(new Set(trialsOf(expandPlan(scenario(), modes)).map((trial) => trial.modeId))).toEqual(
      new Set(['iptables-legacy', 'nftables']),
    );
  });

  it('puts every contestant into every position equally often, over many seeds and rounds', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 100; seed += 1) {
      const [block] = expandPlan({ ...scenario(), sizesServices: [1], seed }).blocks;
      for (const round of block?.rounds ?? [])
        for (const [position, trial] of round.trials.entries()) {
          const key = `${position} ${trial.modeId} ${trial.policyId}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
    }
    // 2000 rounds, 6 contestants: 333 each. chi-square with 25 degrees of freedom has its 99.9 % quantile at 52.6.
    const expected = 2000 / 6;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(36);
    expect(chiSquare).toBeLessThan(52.6);
  });
});
