import type { ProxyMetrics } from '../../dataplane/kube-proxy/metrics.ts';
import type { NodeTables } from '../../mode/mode.ts';
import type { GroupCounters } from '../../model/counters.ts';
import type { LoadTarget } from '../../model/load.ts';
import { makeBareNode, NO_KERNEL_OBJECTS, type Programming, type StandingNode } from '../../model/target.ts';
import type { ClusterPlace } from './place.ts';

export interface ProgrammingParts {
  /** Both by this machine's monotonic clock. */
  readonly applied: { readonly durationMs: number; readonly startedMs: number };
  readonly settledMs: number;
  readonly before: ProxyMetrics | null;
  readonly after: ProxyMetrics | null;
  readonly cpuBefore: GroupCounters | null;
  readonly cpuAfter: GroupCounters | null;
}

/** How long one node took to hold the table. Pure. */
export function summarizeProgramming(parts: ProgrammingParts): Programming {
  const { applied, before, after, cpuBefore, cpuAfter } = parts;
  return {
    loadObjectsMs: applied.durationMs,
    settledMs: parts.settledMs - applied.startedMs,
    syncMs: (after?.syncSumMs ?? 0) - (before?.syncSumMs ?? 0),
    syncs: (after?.syncCount ?? 0) - (before?.syncCount ?? 0),
    kubeProxyCpuUs: cpuBefore === null || cpuAfter === null ? null : cpuAfter.cpuUs - cpuBefore.cpuUs,
    kubeProxyRssBytes: cpuAfter?.rssBytes ?? null,
    concurrentNodes: 0,
  };
}

/** What goes into the journal of a node where nothing is programmed. Pure, as the next. */
export function makeBareRecord({ mode, facts }: ClusterPlace, targets: readonly LoadTarget[]): StandingNode {
  const { baseline: _stood, baselineEndpointRules: _rules, foreign: _others, ...known } = facts;
  return { ...makeBareNode({ sizeServices: 0, modeId: mode.id }, targets), ...known };
}

export function describeStanding(
  place: ClusterPlace,
  parts: {
    readonly sizeServices: number;
    readonly targets: readonly LoadTarget[];
    readonly tables: NodeTables | null;
  },
): StandingNode {
  const { sizeServices, targets, tables } = parts;
  return {
    ...makeBareRecord(place, targets),
    sizeServices,
    targets: targets.map((target) => ({
      ...target,
      ruleIndex: tables?.positions.get(`${target.address}:${target.port}`) ?? null,
    })),
    kernelObjects: tables?.kernelObjects ?? NO_KERNEL_OBJECTS,
  };
}
