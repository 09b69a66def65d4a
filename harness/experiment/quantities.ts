import type { Quantity } from '../model/quantity.ts';
import type { Run } from '../model/run.ts';
import type { Scenario } from '../model/scenario.ts';
import { CHANGE, CHANGE_QUANTITIES, ONE_CHANGE, observeChanges } from './change/measures.ts';
import { observeLoad } from './load/measures.ts';
import { policyId } from './load/policy.ts';
import { LOAD, listLoadQuantities } from './load/quantities.ts';
import type { Observed } from './observed.ts';
import { COLD_START, observeProgramming, PROGRAMMING, PROGRAMMING_QUANTITIES } from './programming/measures.ts';

/** Every quantity of every experiment, with the scenario's margins, in the order of a report. */
export function listQuantities(scenario: Pick<Scenario, 'margins'>): readonly Quantity[] {
  return [...listLoadQuantities(scenario), ...PROGRAMMING_QUANTITIES, ...CHANGE_QUANTITIES];
}

/** What is asked of a node, one entry for each spec of each experiment, in the order of a report. */
export interface ExperimentSpec {
  readonly experiment: string;
  readonly spec: string;
}

export function listSpecs({ load }: Scenario): readonly ExperimentSpec[] {
  return [
    ...load.policies.map((policy) => ({ experiment: LOAD, spec: policyId(policy) })),
    { experiment: PROGRAMMING, spec: COLD_START },
    { experiment: CHANGE, spec: ONE_CHANGE },
  ];
}

/** What the first sentences speak of: a new connection per request shows the most; without it the scenario's first policy. */
export function headlineSpec({ load }: Scenario): ExperimentSpec {
  const specs = load.policies.map(policyId);
  return { experiment: LOAD, spec: specs.includes('per-request') ? 'per-request' : (specs[0] ?? '') };
}

/** Everything valid that a run observed, read. Throws when a stored histogram is not what its record says. */
export function observeRun(run: Run): Observed[] {
  return [...observeLoad(run), ...observeProgramming(run), ...observeChanges(run)];
}
