import type { Mode } from '../model/mode.ts';
import type { Plan, PlannedBlock, PlannedRound } from '../model/plan.ts';
import { type Policy, policyId } from '../model/policy.ts';
import { makeRandom, shuffled } from '../model/random.ts';
import type { Scenario } from '../model/scenario.ts';

/**
 * The order of all trials: sizes ascending (programming 10,000 Services anew for every trial would take longer than measuring), and inside a
 * size rounds of every (mode, policy) once. `modes` are those of the scenario that can run here. A round's order is drawn from the seed, the
 * size and the round's number alone: more rounds, or other sizes beside it, leave it as it is.
 */
export function expandPlan(scenario: Scenario, modes: readonly Mode[] = scenario.modes): Plan {
  const contestants = modes.flatMap((mode) => scenario.load.policies.map((policy) => ({ mode, policy })));
  const blocks = scenario.sizesServices.map((sizeServices, position) =>
    planBlock({
      scenario,
      contestants,
      sizeServices,
      firstIndex: position * scenario.stop.maxRounds * contestants.length,
    }),
  );
  return { schemaVersion: 1, seed: scenario.seed, blocks };
}

interface BlockOrder {
  readonly scenario: Scenario;
  readonly contestants: readonly { readonly mode: Mode; readonly policy: Policy }[];
  readonly sizeServices: number;
  readonly firstIndex: number;
}

function planBlock({ scenario, contestants, sizeServices, firstIndex }: BlockOrder): PlannedBlock {
  const rounds = Array.from({ length: scenario.stop.maxRounds }, (_, round): PlannedRound => {
    const order = shuffled(contestants, makeRandom(mixSeed([scenario.seed, sizeServices, round])));
    const trials = order.map(({ mode, policy }, position) => ({
      index: firstIndex + round * contestants.length + position,
      sizeServices,
      round,
      modeId: mode.id,
      policyId: policyId(policy),
    }));
    return { round, trials };
  });
  return { sizeServices, rounds };
}

/** Several whole numbers → one seed: FNV-1a over their bytes, so that neighbours (seed 1 round 2, seed 2 round 1) do not share a stream. */
function mixSeed(numbers: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const number of numbers) {
    for (let shift = 0; shift < 32; shift += 8) {
      hash = Math.imul(hash ^ ((number >>> shift) & 0xff), 0x01000193);
    }
  }
  return hash >>> 0;
}
