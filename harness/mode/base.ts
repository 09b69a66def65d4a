import { NO_KERNEL_OBJECTS } from '../model/target.ts';
import type { NodeTables, ProgrammedServices, RoutingMode } from './mode.ts';

export const NO_TABLES: NodeTables = { kernelObjects: NO_KERNEL_OBJECTS, positions: new Map(), endpointRules: null };

/** A mode of kube-proxy without anything of its own: each says only in what it differs. */
export const PLAIN_MODE = {
  note: null,
  isFloor: false,
  isFound: false,
  leastKernel: null,
  tools: [],
  needsRoot: null,
  iptables: null,
  rulesHaveOrder: false,
  syncPeriodS: null,
  syncsSeenIn: 'log',
  settledSeenIn: 'metrics',
  logFlags: ['-v=2'],
  proxySettings: () => ({}),
  featureGates: () => ({}),
  needsEndpoints: false,
  keepsRemovedEndpoints: false,
  setsBeforeStart: null,
  natRules: () => 0,
} as const satisfies Partial<RoutingMode>;

/** A routing that no kube-proxy makes: nothing of it can be read. */
export const WITHOUT_PROXY = {
  ...PLAIN_MODE,
  proxyWord: null,
  releases: { from: 0, until: null, note: '' },
  readTables: () => Promise.resolve(NO_TABLES),
  oracle: () => [],
} as const satisfies Partial<RoutingMode>;

/** All Services and endpoints, with those that stand besides. */
export function totalsOf(programmed: ProgrammedServices): { readonly services: number; readonly endpoints: number } {
  const { services, endpointsPerService, extraServices, extraEndpoints } = programmed;
  return { services: services + extraServices, endpoints: services * endpointsPerService + extraEndpoints };
}

/** Distance of a count to the oracle, in words; `null` when it agrees. */
export function differs(name: string, found: number | null, expected: number): string | null {
  return found === expected ? null : `${name}: ${found ?? 'none'} found, ${expected} expected`;
}

export function listDifferences(differences: readonly (string | null)[]): readonly string[] {
  return differences.filter((one) => one !== null);
}
