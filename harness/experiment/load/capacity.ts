import { UsageError } from '../../errors.ts';
import type { Reason } from '../../model/reason.ts';
import type { Capacity } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import { findTooFewRequests } from './samples.ts';

/** A load above this share of what the machine can do measures queues, not rules. */
const MAX_CAPACITY_SHARE = 0.5;
/** A rate below this gives a trial of 5 s too few requests to take a median of. */
const MIN_EMULATED_RATE_RPS = 10;

/**
 * Refuses a rate that is too much for this machine, with the number. A saturating engine has no rate to refuse. Under a quota the cores are there and stand still when it is used up, which is counted in
 * every trial: only what the quota could never pay for is refused.
 */
export function requireCapacity(scenario: Scenario, capacity: Capacity, limitedBy: 'cores' | 'quota' = 'cores'): void {
  const limitRps = capacity.requestsPerSecond * (limitedBy === 'quota' ? 1 : MAX_CAPACITY_SHARE);
  if (scenario.load.engine === 'autocannon' || scenario.load.rateRps <= limitRps) return;
  const can = Math.floor(limitRps);
  throw new UsageError(
    `${scenario.load.rateRps} requests/s are more than ${limitedBy === 'quota' ? 'this CPU quota pays for' : 'half of what this machine can do'} (about ${Math.round(capacity.requestsPerSecond)}/s, ${capacity.policyId}, client and backends included)`,
    `ask for at most --rate ${can}`,
  );
}

/** The rate for an emulated guest: the scenario's, or what half of the slowest policy's capacity allows, rounded down to a number that people remember. */
export function emulatedRateRps(scenario: Scenario, capacity: readonly Capacity[]): number {
  const limitRps = Math.min(...capacity.map((one) => one.requestsPerSecond)) * MAX_CAPACITY_SHARE;
  const stepRps = limitRps >= 50 ? 10 : 5;
  const rateRps = Math.max(MIN_EMULATED_RATE_RPS, Math.floor(limitRps / stepRps) * stepRps);
  return Math.min(scenario.load.rateRps, rateRps);
}

/** A rate that had to be lowered may leave a trial without enough requests: refused before the first one. */
export function requireSamples(load: Scenario['load']): void {
  const problem = findTooFewRequests(load);
  if (problem !== null)
    throw new UsageError(
      `this guest's CPU is emulated, and its rate gives no answer: ${problem}`,
      'give longer trials with --duration',
    );
}

export function loweredRate(askedRps: number, usedRps: number): Reason {
  return {
    code: 'rate-lowered',
    message: `the load is ${usedRps} requests/s and not ${askedRps}: this guest's CPU is emulated and can do no more without queues`,
    remedy: 'measure on a machine where guests start with KVM, or on a kernel of the machine itself (--testbed netns)',
  };
}

/** nf_conntrack_tcp_timeout_time_wait: how long conntrack keeps a closed connection. */
const TIME_WAIT_MS = 120_000;

/**
 * Entries that one node's table will hold at the most: connections opened to it in any 120 s. Its turn with a connection per request comes once in a round; kept
 * connections are a hundredth and are left out.
 */
export function expectedConntrackEntries(scenario: Scenario): number {
  const { load } = scenario;
  if (!load.policies.some((policy) => policy.kind === 'per-request')) return 0;
  const trialMs = load.warmUpMs + load.idleMs + load.durationMs;
  const roundMs = trialMs * scenario.modes.length * load.policies.length;
  const turns = Math.ceil(TIME_WAIT_MS / roundMs);
  const openingMs = Math.min(TIME_WAIT_MS, turns * (load.warmUpMs + load.durationMs));
  return Math.ceil((load.rateRps * openingMs) / 1000);
}

/** Says before the first trial that the table is too small, with the remedy. */
export function requireConntrack(scenario: Scenario, maxEntries: number | null): void {
  const needed = expectedConntrackEntries(scenario);
  if (maxEntries === null || needed * 1.2 <= maxEntries) return;
  const wanted = 2 ** Math.ceil(Math.log2(needed * 1.5));
  throw new UsageError(
    `the conntrack table holds ${maxEntries} entries and this load needs about ${needed} on one node: it would drop connections`,
    `sysctl -w net.netfilter.nf_conntrack_max=${wanted} on the host, or a lower --rate or shorter --duration`,
  );
}
