import { findBackendOf, loadNodeTables, type TablesAccess } from '../../measure/tables/kernel-objects.ts';
import type { Routing } from '../../model/mode.ts';
import type { KernelObjects } from '../../model/target.ts';
import type { NodeFacts } from './place.ts';

/** What stands in the node before the first Service of ours, and in which flavour. */
export async function inspectBaseline(
  access: TablesAccess,
  routing: Routing,
): Promise<Pick<NodeFacts, 'baseline' | 'iptablesBackend'>> {
  const iptablesBackend = await findBackendOf(access, routing);
  const { kernelObjects } = await loadNodeTables(access, routing);
  return { baseline: kernelObjects, iptablesBackend };
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
