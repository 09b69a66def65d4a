import { policyId } from '../experiment/load/policy.ts';
import { findIdleClients, findTooFewRequests } from '../experiment/load/samples.ts';
import { modeOf } from '../mode/table.ts';
import { findModeVersionReason } from '../mode/version.ts';
import type { Scenario } from '../model/scenario.ts';
import type { Problem } from './problem.ts';
import { endpointRangeProblems, rangeProblems } from './ranges.ts';

/** Real pods of the laboratory that `backends: shared` shares. */
const REAL_BACKENDS = 10;

/** A look at values that are each right and cannot go together; `reads`: the parts of the file that it judges by. */
interface Check {
  readonly reads: readonly string[];
  readonly find: (scenario: Scenario) => Problem[];
}

const CHECKS: readonly Check[] = [
  { reads: ['services'], find: duplicateSizes },
  { reads: ['modes'], find: duplicateModes },
  { reads: ['load.keepalive'], find: duplicatePolicies },
  { reads: ['modes', 'proxy.version', 'axis', 'ifUnsupported'], find: modesOutsideVersion },
  { reads: ['load.engine', 'load.keepalive'], find: engineProblems },
  { reads: ['load.engine', 'load.rate', 'load.duration'], find: sampleProblems },
  { reads: ['load.engine', 'load.rate', 'load.duration', 'load.clients'], find: clientProblems },
  { reads: ['stop.rounds'], find: roundsProblems },
  { reads: ['stop', 'load', 'modes', 'services'], find: budgetProblems },
  { reads: ['endpoints', 'backends'], find: sharedProblems },
  { reads: ['endpoints', 'backends', 'services', 'testbed', 'ranges'], find: endpointRangeProblems },
  { reads: ['endpoints', 'backends', 'services', 'testbed', 'ranges'], find: rangeProblems },
  { reads: ['testbed', 'backends'], find: ownPodsProblems },
  { reads: ['testbed', 'modes'], find: testbedProblems },
];

/** Impossible combinations. Those that would be judged by a part of the file that is wrong by itself (`broken`: "modes", "load.rate") are left out. */
export function findImpossibleCombinations(scenario: Scenario, broken: readonly string[] = []): Problem[] {
  const isSound = (read: string) =>
    !broken.some((part) => part === read || part.startsWith(`${read}.`) || read.startsWith(`${part}.`));
  return CHECKS.filter(({ reads }) => reads.every(isSound)).flatMap(({ find }) => find(scenario));
}

function sampleProblems({ load }: Scenario): Problem[] {
  const message = findTooFewRequests(load);
  return message === null ? [] : [{ path: ['load', 'rate'], message }];
}

function clientProblems({ load }: Scenario): Problem[] {
  const message = findTooFewRequests(load) === null ? findIdleClients(load) : null;
  return message === null ? [] : [{ path: ['load', 'clients'], message }];
}

function duplicateSizes({ sizesServices }: Scenario): Problem[] {
  const twice = new Set(sizesServices.filter((size, index) => sizesServices.indexOf(size) !== index));
  return [...twice].map((size) => ({
    path: ['services'],
    message: `${size} comes twice: each number of Services is measured once`,
  }));
}

function duplicateModes({ modes }: Scenario): Problem[] {
  return modes.flatMap((mode, index) => {
    const first = modes.findIndex((other) => other.id === mode.id);
    if (first === index) return [];
    const message = `mode "${mode.id}" comes twice: to measure a mode against itself, give each a name of its own ({name: ${mode.id}#b, mode: ...})`;
    return [{ path: ['modes', index], message }];
  });
}

function duplicatePolicies({ load }: Scenario): Problem[] {
  const ids = load.policies.map(policyId);
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index ? [] : [{ path: ['load', 'keepalive', index], message: `policy ${id} comes twice` }],
  );
}

function modesOutsideVersion(scenario: Scenario): Problem[] {
  // With an axis of versions each run has its own, and with `skip` the mode is left out with the same reason.
  if (scenario.unsupported === 'skip' || scenario.axis.kind === 'kubeProxy') return [];
  return scenario.modes.flatMap((mode, index) => {
    const reason = findModeVersionReason(mode);
    return reason === null ? [] : [{ path: ['modes', index], message: `${reason.message}: ${reason.remedy}` }];
  });
}

function engineProblems({ load }: Scenario): Problem[] {
  if (load.engine !== 'autocannon') return [];
  const others = load.policies.filter((policy) => policy.kind !== 'keepalive' || policy.requests !== null);
  if (others.length === 0) return [];
  const message = `autocannon can only keep connections open for ever, not ${others.map(policyId).join(', ')} (autocannon 9 does not count the response that ends a connection): give keepalive: [unlimited], or --keepalive unlimited`;
  return [{ path: ['load', 'engine'], message }];
}

function roundsProblems({ stop: { minRounds, maxRounds } }: Scenario): Problem[] {
  if (minRounds <= maxRounds) return [];
  const message = `at least ${minRounds} and at most ${maxRounds} rounds: the first is the larger`;
  return [{ path: ['stop', 'rounds', 'min'], message }];
}

function budgetProblems(scenario: Scenario): Problem[] {
  const { minRounds, budgetMs } = scenario.stop;
  const leastMs = leastDurationMs(scenario);
  if (leastMs <= budgetMs) return [];
  const message = `the trials of ${minRounds} rounds alone take ${formatMinutes(leastMs)}, the budget is ${formatMinutes(budgetMs)}: give more time (--budget), or fewer rounds, sizes, modes or policies`;
  return [{ path: ['stop', 'budget'], message }];
}

/** Time that the least number of rounds takes, setting up and settling not counted. */
export function leastDurationMs({ sizesServices, modes, load, stop }: Scenario): number {
  const trialMs = load.warmUpMs + load.idleMs + load.durationMs;
  return sizesServices.length * stop.minRounds * modes.length * load.policies.length * trialMs;
}

function formatMinutes(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(0)} s`;
  if (ms < 120 * 60_000) return `${(ms / 60_000).toFixed(1)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

function sharedProblems({ backends, endpointsPerService }: Scenario): Problem[] {
  if (backends !== 'shared' || endpointsPerService <= REAL_BACKENDS) return [];
  const message = `${endpointsPerService} endpoints cannot be shared (backends: shared): there are ${REAL_BACKENDS} real pods`;
  return [{ path: ['endpoints'], message }];
}

function ownPodsProblems({ testbed, backends }: Scenario): Problem[] {
  if (backends !== 'pods' || testbed === 'kind' || testbed === 'cluster') return [];
  const message = `backends: pods gives every Service pods of its own, which needs testbed kind or cluster, not ${testbed}; there, take distinct or shared`;
  return [{ path: ['backends'], message }];
}

function testbedProblems({ testbed, modes }: Scenario): Problem[] {
  return modes.flatMap((mode, index) =>
    modeOf(mode).isFound && testbed !== 'cluster'
      ? [{ path: ['modes', index], message: `as-found needs testbed cluster, not ${testbed}` }]
      : [],
  );
}
