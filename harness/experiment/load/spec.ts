import type { LoadSpec, LoadTarget } from '../../model/load.ts';
import type { Policy } from '../../model/policy.ts';
import type { Scenario } from '../../model/scenario.ts';
import { policyId } from './policy.ts';

/** The body that every backend serves, and where, by policy. */
export interface ServedPage {
  readonly body: string;
  readonly path: string;
  readonly unlimitedPath: string;
}

/** What the load client is asked for in one trial. `seed` moves the arrivals of a Poisson load; the run's seed and the trial's index give it. */
export function makeLoadSpec(options: {
  readonly scenario: Scenario;
  readonly policy: Policy;
  readonly targets: readonly LoadTarget[];
  readonly page: ServedPage;
  readonly seed: number;
}): LoadSpec {
  const { scenario, policy, page } = options;
  const { load } = scenario;
  const unlimited = policy.kind === 'keepalive' && (policy.requests === null || policy.requests > 100);
  return {
    engine: load.engine,
    targets: [...options.targets],
    path: unlimited ? page.unlimitedPath : page.path,
    expectedBody: page.body,
    rateRps: load.rateRps,
    arrivals: load.arrivals,
    policy,
    warmUpMs: load.warmUpMs,
    idleMs: load.idleMs,
    durationMs: load.durationMs,
    // All but the well-known ones: the client's namespace has them to itself.
    localPorts: { first: 1024, last: 65_535 },
    requestTimeoutMs: load.requestTimeoutMs,
    seed: options.seed,
  };
}

/** The scenario's policy of that id. Throws when it has none: a plan names only policies of its scenario. */
export function findPolicy(scenario: Scenario, id: string): Policy {
  const policy = scenario.load.policies.find((one) => policyId(one) === id);
  if (policy === undefined) throw new Error(`the scenario has no policy ${id}`);
  return policy;
}
