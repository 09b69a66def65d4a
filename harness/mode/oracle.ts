import type { Routing } from '../model/mode.ts';
import type { KernelObjects } from '../model/target.ts';

/** What kube-proxy was asked to programme: ClusterIP Services with one TCP port, all with the same number of ready endpoints. */
export interface ProgrammedServices {
  readonly services: number;
  readonly endpointsPerService: number;
  /** Services and endpoints that stand besides them (the API server's own `kubernetes`, a node-port probe). */
  readonly extraServices: number;
  readonly extraEndpoints: number;
  /** Node ports, each with `endpointsPerService` endpoints, and the node's addresses that ipvs mode serves them on. */
  readonly nodePorts: number;
  readonly nodeAddresses: number;
  /** Endpoints of each node port; `endpointsPerService` unless the Service that it leads to has fewer. */
  readonly endpointsPerNodePort?: number;
}

type Counts = Pick<ProgrammedServices, 'services'> & { readonly endpoints: number };

function totals(programmed: ProgrammedServices): Counts {
  const { services, endpointsPerService, extraServices, extraEndpoints } = programmed;
  return { services: services + extraServices, endpoints: services * endpointsPerService + extraEndpoints };
}

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
  const { services, endpoints } = totals(programmed);
  return 2 * services + 3 * endpoints;
}

/** Distance of a count to the oracle, in words; `null` when it agrees. */
function differs(name: string, found: number | null, expected: number): string | null {
  return found === expected ? null : `${name}: ${found ?? 'none'} found, ${expected} expected`;
}

function natDiffers(natRules: number | null, programmed: ProgrammedServices): string | null {
  const expected = expectedServiceRules(programmed);
  const extra = (natRules ?? 0) - expected;
  if (natRules !== null && extra >= CONSTANT_RULES.least && extra <= CONSTANT_RULES.most) return null;
  return `nat rules: ${natRules ?? 'none'} found, ${expected} expected and ${CONSTANT_RULES.least} to ${CONSTANT_RULES.most} more`;
}

/**
 * Why the kernel's objects are not what was programmed; empty when they are. Services and endpoints are exact in every mode: in iptables mode by the jumps to Services and, where they
 * were counted (`endpointRules`), the rules that lead to endpoints; the sum of its rules is loose by what other releases and tools add.
 */
export function compareWithOracle(
  objects: KernelObjects,
  routing: Routing,
  programmed: ProgrammedServices,
  endpointRules: number | null = null,
): readonly string[] {
  const { services, endpoints } = totals(programmed);
  const found = (...differences: readonly (string | null)[]) => differences.filter((one) => one !== null);
  switch (routing.kind) {
    case 'iptables':
      return found(
        differs('jumps in KUBE-SERVICES', objects.serviceJumps, services),
        natDiffers(objects.natRules, programmed),
        endpointRules === null ? null : differs('rules to endpoints', endpointRules, endpoints),
      );
    case 'nftables':
      return found(differs('elements of verdict maps', objects.nftMapElements, services + programmed.nodePorts));
    case 'ipvs': {
      const onNode = programmed.nodePorts * programmed.nodeAddresses;
      return found(
        differs('ipvs services', objects.ipvsServices, services + onNode),
        differs(
          'ipvs destinations',
          objects.ipvsDestinations,
          endpoints + onNode * (programmed.endpointsPerNodePort ?? programmed.endpointsPerService),
        ),
        differs('addresses on kube-ipvs0', objects.dummyAddresses, services),
      );
    }
    case 'userspace':
      return found(differs('redirects in KUBE-PORTALS-CONTAINER', objects.serviceJumps, services));
    case 'none':
    case 'as-found':
      return [];
  }
}
