import { InvalidRunError } from '../../errors.ts';
import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import { systemLines } from '../../measure/tables/line-source.ts';
import { findBackendOf, loadNodeTables, type TablesAccess } from '../../measure/tables/read-tables.ts';
import type { IptablesBackend } from '../../mode/iptables/find-backend.ts';
import type { NodeTables, ProgrammedServices } from '../../mode/mode.ts';
import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import type { StandingNode } from '../../model/target.ts';
import type { NodeAddresses } from './addresses.ts';
import { inNamespace } from './namespaces.ts';

/** The first target has a node port; a node has three addresses of its own: towards its pod, the server's node and the API server. */
const LABORATORY_EXTRAS = { extraServices: 0, nodePorts: 1, nodeAddresses: 3 } as const;

export interface InspectedTables extends NodeTables {
  readonly iptablesBackend: IptablesBackend | null;
}

/**
 * Reads what is in a node's kernel and holds it against the oracle: the count of rules, map elements or virtual servers that the programmed Services
 * must give, in the flavour of iptables that was asked for. Rejects with InvalidRunError when it is anything else.
 */
export async function inspectKernel(
  place: { readonly mode: Mode; readonly node: NodeAddresses; readonly signal: AbortSignal },
  table: Pick<ServiceTable, 'services' | 'totalEndpoints' | 'targetEndpoints'>,
): Promise<InspectedTables> {
  const { mode, node, signal } = place;
  const access: TablesAccess = { lines: systemLines, commandPrefix: inNamespace(node.nodeNamespace), signal };
  const iptablesBackend = await findBackendOf(access, mode.routing);
  const tables = await loadNodeTables(access, mode.routing);
  const problems = [...flavourProblems(mode, iptablesBackend), ...modeOf(mode).oracle(tables, programmedIn(table))];
  if (problems.length === 0) return { ...tables, iptablesBackend };
  throw new InvalidRunError(
    `kube-proxy (${mode.id}) says that it is settled, but the kernel holds something else: ${problems.join('; ')}`,
    "read kube-proxy's log in the run's logs folder",
  );
}

/** What was really written: Services with load may have fewer endpoints than were asked for, as many as there are real pods. */
function programmedIn(
  table: Pick<ServiceTable, 'services' | 'totalEndpoints' | 'targetEndpoints'>,
): ProgrammedServices {
  return {
    services: table.services.length,
    endpointsPerService: 0,
    extraEndpoints: table.totalEndpoints,
    endpointsPerNodePort: table.targetEndpoints,
    ...LABORATORY_EXTRAS,
  };
}

function flavourProblems(mode: Mode, found: IptablesBackend | null): readonly string[] {
  const { iptables } = modeOf(mode);
  if (iptables?.holdsServices !== true || iptables.flavour === found) return [];
  return [
    `the rules stand in ${found === null ? 'no flavour' : `the ${found} flavour`} of iptables, not in ${iptables.flavour}`,
  ];
}

/** What was read, as the journal has it. */
export function describeTables(
  { positions, kernelObjects, iptablesBackend }: InspectedTables,
  table: Pick<ServiceTable, 'targets'>,
): Pick<StandingNode, 'targets' | 'kernelObjects' | 'iptablesBackend'> {
  const targets = table.targets.map(({ id, address, port }) => ({
    id,
    address,
    port,
    ruleIndex: positions.get(`${address}:${port}`) ?? null,
  }));
  return { targets, kernelObjects, iptablesBackend };
}
