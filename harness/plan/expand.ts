import { policyId } from '../experiment/load/policy.ts';
import type { Mode } from '../model/mode.ts';
import type { Plan, PlannedBlock, PlannedRound, Standing } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import { makeRandom, shuffled } from '../model/random.ts';
import type { Scenario } from '../model/scenario.ts';

/**
 * The order of all trials: sizes ascending (programming 10,000 Services again for every trial would take longer than measuring), and inside a
 * size rounds of every (mode, policy) once. `modes` are those of the scenario that can run here. A round's order is drawn from the seed, the
 * size and the round's number alone: more rounds, or other sizes beside it, leave it as it is. Where modes stand one at a time, a round is a block
 * of a randomised block design in time: modes in a newly drawn order, each with its policies in an order of their own. The round stays the unit of
 * repetition, and as each mode's node is made again in it (but for a mode that ended the round before), the intervals include what differs between two makings.
 */
export function expandPlan(
  scenario: Scenario,
  modes: readonly Mode[] = scenario.modes,
  standing: Standing = 'side-by-side',
): Plan {
  const contestants = modes.map((mode) => scenario.load.policies.map((policy) => ({ mode, policy })));
  const blocks = scenario.sizesServices.map((sizeServices, position) =>
    planBlock({
      scenario,
      contestants,
      standing,
      sizeServices,
      firstIndex: position * scenario.stop.maxRounds * contestants.flat().length,
    }),
  );
  return { schemaVersion: 1, seed: scenario.seed, standing, blocks };
}

interface Contestant {
  readonly mode: Mode;
  readonly policy: Policy;
}

interface BlockOrder {
  readonly scenario: Scenario;
  /** By mode. */
  readonly contestants: readonly (readonly Contestant[])[];
  readonly standing: Standing;
  readonly sizeServices: number;
  readonly firstIndex: number;
}

function planBlock({ scenario, contestants, standing, sizeServices, firstIndex }: BlockOrder): PlannedBlock {
  const rounds = Array.from({ length: scenario.stop.maxRounds }, (_, round): PlannedRound => {
    const random = makeRandom(mixSeed([scenario.seed, sizeServices, round]));
    const order =
      standing === 'side-by-side'
        ? shuffled(contestants.flat(), random)
        : shuffled(contestants, random).flatMap((ofMode) => shuffled(ofMode, random));
    const trials = order.map(({ mode, policy }, position) => ({
      index: firstIndex + round * order.length + position,
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
