import { InvalidRunError } from '../../errors.ts';
import { loadNodeTables } from '../../measure/tables/read-tables.ts';
import type { NodeTables } from '../../mode/mode.ts';
import { modeOf } from '../../mode/table.ts';
import type { Scenario } from '../../model/scenario.ts';
import { waitFor } from '../../system/wait.ts';
import { endpointRulesOfOurs, lessBaseline, moveBaseline } from './baseline.ts';
import { loadForeignPorts } from './foreign-services.ts';
import type { ClusterPlace } from './place.ts';

const TABLES_DEADLINE_MS = 60_000;

/** kube-proxy's metrics say that it is done: nothing pending, and its last sync is newer than the last change. */
export async function waitForProxy(
  { mode, eyes }: Pick<ClusterPlace, 'mode' | 'eyes'>,
  options: {
    readonly lastChangeMs: number;
    readonly deadlineMs: number;
    readonly pauseMs: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { proxy } = eyes;
  if (proxy === null) return;
  const { lastChangeMs, ...wait } = options;
  await waitFor({
    look: async () => {
      const why = await proxy.unsettled(lastChangeMs);
      return why === null ? { holds: true, value: null } : { holds: false, why };
    },
    ...wait,
    onTimeout: (why) => notSettled(mode.id, `${why} (after ${wait.deadlineMs} ms)`),
  });
}

/** The kernel has the last word, where its tables can be read. */
export async function waitForTables(
  { mode, tables: access, routing, facts, services, workspace }: ClusterPlace,
  wanted: {
    readonly scenario: Scenario;
    readonly sizeServices: number;
    readonly totalEndpoints: number;
    readonly signal: AbortSignal;
  },
): Promise<NodeTables | null> {
  if (access === null || routing === null) return null;
  const { scenario, sizeServices, totalEndpoints, signal } = wanted;
  const { endpointsPerService } = scenario;
  return waitFor({
    look: async () => {
      const tables = await loadNodeTables(access, routing);
      const foreign = await loadForeignPorts(workspace.kubeConfig, services.version);
      const baseline = moveBaseline(facts, foreign, routing);
      const problems = modeOf({ routing }).oracle(
        {
          kernelObjects: lessBaseline(tables.kernelObjects, baseline),
          endpointRules: endpointRulesOfOurs(tables.endpointRules, facts, foreign),
        },
        {
          services: sizeServices,
          endpointsPerService,
          extraServices: 0,
          extraEndpoints: totalEndpoints - sizeServices * endpointsPerService,
          nodePorts: 0,
          nodeAddresses: 1,
        },
      );
      return problems.length === 0 ? { holds: true, value: tables } : { holds: false, why: problems.join('; ') };
    },
    deadlineMs: TABLES_DEADLINE_MS,
    pauseMs: 1000,
    onTimeout: (why) => notSettled(mode.id, `the kernel holds something else: ${why}`),
    signal,
  });
}

function notSettled(modeId: string, why: string): InvalidRunError {
  return new InvalidRunError(
    `${modeId} did not settle: ${why}`,
    "read kube-proxy's log: kubectl -n kube-system logs -l k8s-app=kube-proxy",
  );
}
