import { differs, listDifferences, totalsOf } from '../base.ts';
import type { FoundTables, ProgrammedServices } from '../mode.ts';

/**
 * Rules of table nat that do not come from Services: 8 with kube-proxy 1.36 (KUBE-POSTROUTING 3, KUBE-MARK-MASQ 1, the jump to
 * KUBE-NODEPORTS 1, built-in chains' jumps 3); other releases and tools (kubelet, docker) add or leave out some.
 */
const CONSTANT_RULES = { least: 3, most: 40 };

/**
 * Rules that Services account for in iptables mode: per Service its jump and its masquerade rule, per endpoint the draw in the Service's chain,
 * the hairpin masquerade and the DNAT. The masquerade rule is there only with a known cluster CIDR (or masqueradeAll).
 */
export function expectedServiceRules(programmed: ProgrammedServices): number {
  const { services, endpoints } = totalsOf(programmed);
  return 2 * services + 3 * endpoints;
}

function natDiffers(natRules: number | null, programmed: ProgrammedServices): string | null {
  const expected = expectedServiceRules(programmed);
  const extra = (natRules ?? 0) - expected;
  if (natRules !== null && extra >= CONSTANT_RULES.least && extra <= CONSTANT_RULES.most) return null;
  return `nat rules: ${natRules ?? 'none'} found, ${expected} expected and ${CONSTANT_RULES.least} to ${CONSTANT_RULES.most} more`;
}

/** Exact by the jumps to Services and, where they were counted, the rules that lead to endpoints; the sum of its rules is loose by what other releases and tools add. */
export function iptablesOracle(
  { kernelObjects, endpointRules = null }: FoundTables,
  programmed: ProgrammedServices,
): readonly string[] {
  const { services, endpoints } = totalsOf(programmed);
  return listDifferences([
    differs('jumps in KUBE-SERVICES', kernelObjects.serviceJumps, services),
    natDiffers(kernelObjects.natRules, programmed),
    endpointRules === null ? null : differs('rules to endpoints', endpointRules, endpoints),
  ]);
}
