import { mean } from 'simple-statistics';
import { modeOf } from '../mode/table.ts';
import type { RulesSeries } from '../model/findings.ts';
import type { Run } from '../model/run.ts';
import type { BlockNode } from '../model/target.ts';

type RulesPoint = RulesSeries['points'][number];

/** In KUBE-SEP-…: mark for masquerade (hairpin), then DNAT. */
const ENDPOINT_CHAIN_RULES = 2;
/** The jump from PREROUTING to KUBE-SERVICES. */
const ENTRY_RULES = 1;

export interface PositionShape {
  readonly serviceJumps: number;
  readonly endpointsPerService: number;
}

/**
 * Rules that a new connection to a Service passes in kube-proxy's nat chains, by position: one jump after the other in
 * KUBE-SERVICES up to the Service's own, one rule after the other in KUBE-SVC-… up to the chosen endpoint's, and the endpoint's chain.
 * Average over Services and endpoints, first of both, last of both.
 */
export function modelPositionRules({
  serviceJumps,
  endpointsPerService,
}: PositionShape): Omit<RulesPoint, 'sizeServices'> {
  const fixed = ENTRY_RULES + ENDPOINT_CHAIN_RULES;
  return {
    rules: fixed + (serviceJumps + 1) / 2 + (endpointsPerService + 1) / 2,
    lowRules: fixed + 1 + 1,
    highRules: fixed + serviceJumps + endpointsPerService,
  };
}

function measuredPoint({ sizeServices, ruleWalks }: BlockNode): RulesPoint[] {
  const counted = ruleWalks.map((walk) => walk.rulesPerConnection);
  if (counted.length === 0) return [];
  return [{ sizeServices, rules: mean(counted), lowRules: Math.min(...counted), highRules: Math.max(...counted) }];
}

const bySize = (one: RulesPoint, other: RulesPoint) => one.sizeServices - other.sizeServices;

function measuredSeries(run: Run): RulesSeries[] {
  return run.header.scenario.modes.flatMap(({ id }) => {
    const points = run.nodes.filter((node) => node.modeId === id).flatMap(measuredPoint);
    if (points.length === 0) return [];
    const source =
      'Counted by the kernel: rule counters before and after a known number of new connections; mean over the targets, band from the first to the last.';
    return [{ id: `${id} (counted)`, modeId: id, kind: 'measured', points: points.sort(bySize), source } as const];
  });
}

function positionSeries(run: Run): RulesSeries[] {
  const { modes, endpointsPerService } = run.header.scenario;
  return modes.flatMap((mode) => {
    if (!modeOf(mode).rulesHaveOrder) return [];
    const { id } = mode;
    const points = run.nodes.flatMap(({ modeId, sizeServices, kernelObjects }) => {
      if (modeId !== id || kernelObjects.serviceJumps === null) return [];
      return [
        { sizeServices, ...modelPositionRules({ serviceJumps: kernelObjects.serviceJumps, endpointsPerService }) },
      ];
    });
    if (points.length === 0) return [];
    const source =
      'Model by position, from the jumps found in KUBE-SERVICES: mean over Services and endpoints, band from the first to the last.';
    return [
      { id: `${id} (by position)`, modeId: id, kind: 'position-model', points: points.sort(bySize), source } as const,
    ];
  });
}

/** Rules per new connection against the number of Services: counted, and by position where a mode's rules have an order. */
export function summarizeRules(run: Run): RulesSeries[] {
  return [...measuredSeries(run), ...positionSeries(run)];
}
