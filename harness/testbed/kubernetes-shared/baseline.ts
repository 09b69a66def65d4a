import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { findBackendOf, loadNodeTables, type TablesAccess } from '../../measure/tables/read-tables.ts';
import type { Routing } from '../../model/mode.ts';
import type { KernelObjects } from '../../model/target.ts';
import { type ForeignPorts, foreignGrowth, isSame } from './foreign-services.ts';
import type { NodeFacts } from './place.ts';

/** Between a change in the API and the kernel that has it: kube-proxy's least period and a sync of a small table. */
const TAKEN_UP_MS = 1_500;
const LOOKS = 10;

/** What is in the node before the first Service of ours, and in which flavour; read when two looks agree and nobody else's Service changed between them, as far as the others let. */
export async function inspectBaseline(
  access: TablesAccess,
  routing: Routing,
  loadForeign: () => Promise<ForeignPorts>,
): Promise<Pick<NodeFacts, 'baseline' | 'baselineEndpointRules' | 'iptablesBackend' | 'foreign'>> {
  const iptablesBackend = await findBackendOf(access, routing);
  let before: KernelObjects | null = null;
  for (let look = 1; ; look += 1) {
    const foreign = await loadForeign();
    await sleep(TAKEN_UP_MS, undefined, access.signal === undefined ? {} : { signal: access.signal });
    const { kernelObjects, endpointRules } = await loadNodeTables(access, routing);
    const rests = isDeepStrictEqual(before, kernelObjects) && isSame(foreign, await loadForeign());
    if (rests || look === LOOKS)
      return { baseline: kernelObjects, baselineEndpointRules: endpointRules, iptablesBackend, foreign };
    before = kernelObjects;
  }
}

/** What others' Services account for by now: the cluster's own DNS may have come, or gone, since the baseline. Pure. */
export function moveBaseline(
  { baseline, foreign }: Pick<NodeFacts, 'baseline' | 'foreign'>,
  now: ForeignPorts,
  routing: Routing,
): KernelObjects {
  if (foreign === null) return baseline;
  const growth = Object.entries(foreignGrowth(foreign, now, routing));
  const moved = growth.map(([name, more]) => {
    const stood = baseline[name as keyof KernelObjects];
    return [name, stood === null || more === null ? stood : stood + more];
  });
  return { ...baseline, ...Object.fromEntries(moved) };
}

/** Rules to endpoints that came since the baseline and are not others'; `null` where none are counted. Pure. */
export function endpointRulesOfOurs(
  found: number | null,
  { baselineEndpointRules, foreign }: Pick<NodeFacts, 'baselineEndpointRules' | 'foreign'>,
  now: ForeignPorts,
): number | null {
  if (found === null || baselineEndpointRules === null) return null;
  const sum = (ports: ForeignPorts) => [...ports.values()].reduce((total, one) => total + one, 0);
  return found - baselineEndpointRules - (foreign === null ? 0 : sum(now) - sum(foreign));
}

/** What came since the baseline. The constant of nat rules is in the baseline, and the oracle wants a few: 8 is kube-proxy's own. */
export function lessBaseline(found: KernelObjects, baseline: KernelObjects): KernelObjects {
  const less = (name: keyof KernelObjects, constant = 0) => {
    const value = found[name];
    return value === null ? null : value - (baseline[name] ?? 0) + constant;
  };
  return {
    ...found,
    natRules: less('natRules', 8),
    serviceJumps: less('serviceJumps'),
    ipvsServices: less('ipvsServices'),
    ipvsDestinations: less('ipvsDestinations'),
    dummyAddresses: less('dummyAddresses'),
    nftMapElements: less('nftMapElements'),
  };
}
