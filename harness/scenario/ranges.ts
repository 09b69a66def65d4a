import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { countClusterIps, countPodIps } from '../model/address-plan.ts';
import {
  DEFAULT_ENDPOINT_RANGE,
  DEFAULT_SERVICE_RANGE,
  ENDPOINT_CANDIDATES,
  LABORATORY_RANGES,
  SPECIAL_RANGES,
} from '../model/address-ranges.ts';
import { type Ipv4Cidr, isOverlapping, parseIpv4Cidr } from '../model/ipv4.ts';
import type { Scenario } from '../model/scenario.ts';
import type { Problem } from './problem.ts';

/** Text such as "10.96.0.0/12", by the parser that everything else reads it with. */
export const ipv4Range = z
  .string({ error: 'must be an IPv4 range such as 10.96.0.0/12' })
  .superRefine((text, context) => {
    try {
      parseIpv4Cidr(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      context.addIssue({ code: 'custom', message: `${error.message}: ${error.remedy}` });
    }
  });

/** The widest range that an API server takes for IPv4 Services (its flag --service-cluster-ip-range: 20 bits). */
const WIDEST_OF_API_SERVER = 12;

interface Taken {
  readonly range: string;
  readonly what: string;
}

/** What a testbed has for itself, as far as it is known before it stands. */
function takenIn(testbed: Scenario['testbed']): readonly Taken[] {
  const { pods, nodes, links } = LABORATORY_RANGES;
  const ofPods = { range: pods, what: `the pods of testbed ${testbed}` };
  switch (testbed) {
    case 'cluster':
      return [];
    case 'kind':
      return [ofPods];
    default:
      return [
        ofPods,
        { range: nodes, what: `the nodes of testbed ${testbed}` },
        { range: links, what: `the API servers of testbed ${testbed}` },
      ];
  }
}

/** Ranges that were given and cannot be: whose they are already, and what they cannot hold. */
export function rangeProblems(scenario: Scenario): Problem[] {
  return (['services', 'endpoints'] as const).flatMap((key) => {
    const text = scenario.ranges?.[key];
    if (text === undefined) return [];
    const range = parseIpv4Cidr(text);
    const message = describeTaken(range, scenario) ?? describeUse(key, range, scenario);
    return message === null ? [] : [{ path: ['ranges', key], message }];
  });
}

function describeTaken(range: Ipv4Cidr, { testbed }: Scenario): string | null {
  const taken = [...SPECIAL_RANGES, ...takenIn(testbed)].find((one) => isOverlapping(range, parseIpv4Cidr(one.range)));
  return taken === undefined
    ? null
    : `${range.text} overlaps ${taken.range}, ${taken.what}: give a range that has no address in common with it`;
}

function describeUse(key: 'services' | 'endpoints', range: Ipv4Cidr, scenario: Scenario): string | null {
  return key === 'services' ? describeServices(range, scenario) : describeEndpoints(range, scenario);
}

function describeServices(range: Ipv4Cidr, { testbed, sizesServices }: Scenario): string | null {
  if (testbed === 'cluster')
    return 'is for testbed netns, vm or kind, not cluster (an existing cluster gives Services their addresses itself): leave it out';
  if (testbed === 'kind' && range.prefixLength < WIDEST_OF_API_SERVER)
    return `${range.text} is wider than the /${WIDEST_OF_API_SERVER} that an API server takes`;
  const largest = sizesServices.at(-1) ?? 0;
  const holds = countClusterIps(range);
  if (largest <= holds) return null;
  return `${largest} Services do not fit into ${range.text}: it holds ${holds}. Ask for no more than these (--services), or give a larger range`;
}

function describeEndpoints(range: Ipv4Cidr, scenario: Scenario): string | null {
  const { backends, endpointsPerService } = scenario;
  if (backends !== 'distinct')
    return `synthetic endpoints are for backends: distinct, not ${backends}: leave it out, or take --backends distinct`;
  const services = serviceRangeOf(scenario);
  if (services !== null && isOverlapping(range, parseIpv4Cidr(services)))
    return `${range.text} overlaps ${services}, the range of the Services: give ranges that have no address in common`;
  const holds = countPodIps(range);
  const needed = endpointsOf(scenario);
  if (needed <= holds) return null;
  return `${needed} endpoints do not fit into ${range.text}: it holds ${holds}, those of ${Math.floor(holds / endpointsPerService)} Services. Ask for no more than these (--services, --endpoints), or give a larger range`;
}

/** `null`: whoever made the cluster chose it. */
function serviceRangeOf({ ranges, testbed }: Scenario): string | null {
  return testbed === 'cluster' ? null : (ranges?.services ?? DEFAULT_SERVICE_RANGE);
}

function endpointsOf({ sizesServices, endpointsPerService }: Scenario): number {
  return (sizesServices.at(-1) ?? 0) * endpointsPerService;
}

/** More synthetic endpoints than any range that is taken by itself can hold. */
export function endpointRangeProblems(scenario: Scenario): Problem[] {
  const { backends, testbed, ranges, sizesServices, endpointsPerService } = scenario;
  if (backends !== 'distinct' || ranges?.endpoints !== undefined) return [];
  const possible = testbed === 'kind' || testbed === 'cluster' ? ENDPOINT_CANDIDATES : [DEFAULT_ENDPOINT_RANGE];
  const holds = Math.max(...possible.map((text) => countPodIps(parseIpv4Cidr(text))));
  if (endpointsOf(scenario) <= holds) return [];
  const message = `${sizesServices.at(-1)} Services of ${endpointsPerService} endpoints do not fit into the range of synthetic endpoints (${holds}): ask for fewer, share the backends (backends: shared), or give a larger range (--endpoint-range)`;
  return [{ path: ['services'], message }];
}
