import { decidingQuantity } from '../experiment/load/deciding-quantity.ts';
import { observeTrial } from '../experiment/load/measures.ts';
import { policyId } from '../experiment/load/policy.ts';
import { listLoadQuantities } from '../experiment/load/quantities.ts';
import { isFloor } from '../mode/table.ts';
import type { Mode } from '../model/mode.ts';
import { marginOf, type Quantity } from '../model/quantity.ts';
import type { RunningDifference } from '../model/run-event.ts';
import type { Scenario } from '../model/scenario.ts';
import type { Trial } from '../model/trial.ts';
import { pairModes } from './differences.ts';
import { estimatePairedDifference, type PairedEstimate, type RoundPair } from './statistics/paired.ts';
import { judgeDifference } from './verdict.ts';

/** Pairs that the stop rule looks at: all contestants against each other; the floor only when there is but one other. */
function contestantPairs(modes: readonly Mode[]): ReturnType<typeof pairModes> {
  const real = modes.filter((mode) => !isFloor(mode));
  return pairModes(real.length >= 2 ? real : modes);
}

interface Question {
  readonly spec: string;
  readonly quantity: Quantity;
}

/** The page's paired differences of one size so far, of the quantity by which a run decides how long it goes on. Histograms are opened once. */
export class PrimaryDifferences {
  readonly #scenario: Scenario;
  readonly #modes: readonly Mode[];
  readonly #questions: readonly Question[];
  readonly #values = new Map<string, Map<number, number>>();

  constructor(scenario: Scenario, modes: readonly Mode[]) {
    this.#scenario = scenario;
    this.#modes = modes;
    const quantities = listLoadQuantities(scenario);
    this.#questions = scenario.load.policies.flatMap((policy) => {
      const spec = policyId(policy);
      const quantity = quantities.find(({ id }) => id === decidingQuantity(scenario, spec));
      return quantity === undefined ? [] : [{ spec, quantity }];
    });
  }

  /** Takes a finished trial in; an invalid one counts for nothing. */
  add(trial: Trial): void {
    const observed = observeTrial(trial);
    const question = this.#questions.find(({ spec }) => spec === observed?.spec);
    if (observed === null || question === undefined) return;
    const value = observed.reading.values.get(question.quantity.id);
    if (value !== undefined) this.#roundsOf(observed.spec, observed.modeId).set(observed.round, value);
  }

  /** All differences at the scenario's confidence; those without a round in common are left out. */
  estimates(): readonly { readonly difference: RunningDifference; readonly estimate: PairedEstimate }[] {
    const { confidence } = this.#scenario.stop;
    return this.#questions.flatMap((question) =>
      contestantPairs(this.#modes).flatMap(({ mode, reference }) => {
        const pairs = this.#pairRounds(question.spec, mode, reference);
        if (pairs.length === 0) return [];
        const estimate = estimatePairedDifference(pairs, { confidence, seed: this.#scenario.seed });
        return [{ estimate, difference: describeDifference(question, { mode, reference, estimate, pairs }) }];
      }),
    );
  }

  #roundsOf(spec: string, modeId: string): Map<number, number> {
    const key = `${spec} ${modeId}`;
    const rounds = this.#values.get(key) ?? new Map<number, number>();
    this.#values.set(key, rounds);
    return rounds;
  }

  #pairRounds(spec: string, mode: Mode, reference: Mode): RoundPair[] {
    const others = this.#roundsOf(spec, reference.id);
    return [...this.#roundsOf(spec, mode.id)].flatMap(([round, a]) => {
      const b = others.get(round);
      return b === undefined ? [] : [{ round, a, b }];
    });
  }
}

function describeDifference(
  { spec, quantity }: Question,
  parts: { mode: Mode; reference: Mode; estimate: PairedEstimate; pairs: readonly RoundPair[] },
): RunningDifference {
  const { mode, reference, estimate, pairs } = parts;
  const referenceUs = pairs.reduce((sum, { b }) => sum + b, 0) / pairs.length;
  const { lowUs: low, highUs: high } = estimate;
  const { verdict } = judgeDifference({ low, high }, marginOf(quantity, referenceUs));
  return {
    modeId: mode.id,
    referenceModeId: reference.id,
    spec,
    quantity: quantity.id,
    ...estimate,
    verdict: low === null ? null : verdict,
  };
}
