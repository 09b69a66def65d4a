import { LOAD } from '../experiment/load/quantities.ts';
import { COLD_START } from '../experiment/programming/measures.ts';
import { CPU_CLASSES, PROCESS_GROUPS } from '../model/counters.ts';
import { findEstimate, specsOf } from '../model/estimate-lookup.ts';
import type { Estimate, Headline } from '../model/findings.ts';
import type { Scenario } from '../model/scenario.ts';
import type { FindingsFile } from '../model/study.ts';

/*
 * Findings as schema version 1 wrote them, so that a study's stored numbers can be held against today's, field by field. The mapping:
 *   spec of the experiment `load`           → policyId
 *   quantity `total.p50`                    → { kind: 'time', metric: 'total', statistic: 'p50' };  `cpu` → { kind: 'cpu' }
 *   estimates of times, of CPU, of `programming` → `times`, `cpu`, `programming`
 *   headline `difference` in us, in cores   → `latency`, `cpu`
 *   studies                                 → `claims`, and their models behind `rules`
 *   the words of `family.method` are other words today, and are in neither.
 */
type Version1 = Readonly<Record<string, unknown>>;

function quantityVersion1(id: string): Version1 {
  if (id === 'cpu') return { kind: 'cpu' };
  const [metric, ...statistic] = id.split('.');
  return { kind: 'time', metric, statistic: statistic.join('.') };
}

/** A place and a quantity in their old words; everything else as it is. */
function oldWords<T extends { readonly quantity?: string; readonly spec: string; readonly experiment: string }>(
  row: T,
): Version1 {
  const { experiment: _experiment, spec: policyId, quantity, ...rest } = row;
  return { ...rest, policyId, ...(quantity === undefined ? {} : { quantity: quantityVersion1(quantity) }) };
}

function estimatedOf(one: Estimate): Version1 {
  const { value, low, high, rounds, confidenceAsked, confidenceAchieved, missingRounds } = one;
  return { value, low, high, rounds, confidenceAsked, confidenceAchieved, missingRounds };
}

const placeOf = ({ sizeServices, modeId, spec: policyId }: Estimate) => ({ sizeServices, modeId, policyId });

function timeVersion1(one: Estimate): Version1 {
  const { kind: _kind, ...named } = quantityVersion1(one.quantity);
  return {
    ...placeOf(one),
    ...named,
    timeUs: estimatedOf(one),
    mergedUs: one.merged ?? one.value,
    samples: one.samples,
  };
}

function cpuVersion1(findings: FindingsFile, total: Estimate): Version1 {
  const of = (quantity: string) => {
    const found = findEstimate(findings, total, quantity);
    return found === undefined ? null : estimatedOf(found);
  };
  const groups = PROCESS_GROUPS.filter((group) => of(`cpu.${group}`) !== null);
  return {
    ...placeOf(total),
    busyCores: estimatedOf(total),
    idleBusyCores: of('cpu.idle'),
    perConnectionUs: of('cpu.perConnection'),
    perRequestUs: of('cpu.perRequest'),
    classes: Object.fromEntries(CPU_CLASSES.map((name) => [name, of(`cpu.${name}`)])),
    groups: Object.fromEntries(
      groups.map((group) => [group, { cores: of(`cpu.${group}`), rssBytes: of(`memory.${group}`) }]),
    ),
  };
}

function nodeVersion1(findings: FindingsFile, node: FindingsFile['nodes'][number]): Version1 {
  const of = (quantity: string) =>
    findEstimate(findings, { ...node, spec: COLD_START }, `programming.${quantity}`)?.value ?? null;
  return {
    ...node,
    settledMs: of('settled'),
    loadObjectsMs: of('objects'),
    syncMs: of('sync'),
    syncs: of('syncs'),
    kubeProxyCpuS: of('cpu'),
    kubeProxyRssBytes: of('memory'),
  };
}

function headlineVersion1(headline: Headline): Version1 {
  switch (headline.kind) {
    case 'difference': {
      const { sizeServices, spec: policyId, higherModeId, lowerModeId, verdict, difference, margin } = headline;
      const shared = { sizeServices, policyId, verdict };
      if (headline.unit === 'cores')
        return { ...shared, kind: 'cpu', higherModeId, lowerModeId, differenceCores: difference, marginCores: margin };
      const { kind: _kind, ...named } = quantityVersion1(headline.quantity);
      const values = { fasterUs: headline.lowerValue, slowerUs: headline.higherValue };
      const modes = { slowerModeId: higherModeId, fasterModeId: lowerModeId };
      return { ...shared, kind: 'latency', ...named, ...modes, ...values, differenceUs: difference, marginUs: margin };
    }
    case 'cross-over':
      return { kind: headline.kind, crossOver: oldWords(headline.crossOver) };
    case 'slope':
      return { kind: headline.kind, slope: oldWords(headline.slope) };
    case 'alone':
      return { kind: headline.kind, estimate: timeVersion1(headline.estimate) };
    case 'beside':
      return { ...headline, estimates: headline.estimates.map(timeVersion1) };
    case 'over-floor': {
      const { kind, estimate, floor, difference } = headline;
      return { kind, estimate: timeVersion1(estimate), floor: timeVersion1(floor), differenceUs: difference };
    }
    case 'cannot-say':
      return { ...headline };
  }
}

export function asFindingsVersion1(findings: FindingsFile, { margins }: Pick<Scenario, 'margins'>): Version1 {
  const { studies, specs: _specs, quantities, estimates, nodes, ...same } = findings;
  const times = new Set(
    quantities
      .filter(({ id, distribution }) => distribution !== null || id === 'connectedToFirstByte.mean')
      .map(({ id }) => id),
  );
  const rules = [...findings.rules, ...studies.flatMap((study) => study.rules)];
  const { timeline } = findings;
  return {
    ...same,
    schemaVersion: 1,
    policyIds: specsOf(findings, LOAD),
    margins,
    family: { comparisons: findings.family.comparisons },
    headlines: findings.headlines.map(headlineVersion1),
    claims: studies.flatMap(({ claims }) => claims),
    times: estimates.filter(({ quantity }) => times.has(quantity)).map(timeVersion1),
    cpu: estimates.filter(({ quantity }) => quantity === 'cpu').map((total) => cpuVersion1(findings, total)),
    programming: nodes.map((node) => nodeVersion1(findings, node)),
    differences: findings.differences.map(oldWords),
    growths: findings.growths.map(oldWords),
    slopes: findings.slopes.map(oldWords),
    crossOvers: findings.crossOvers.map(oldWords),
    ruleIndex: findings.ruleIndex.map(oldWords),
    distributions: findings.distributions.map(({ distribution: metric, ...row }) => ({ ...oldWords(row), metric })),
    backends: findings.backends.map(oldWords),
    invalidTrials: findings.invalidTrials.map(oldWords),
    timeline: { ...timeline, slices: timeline.slices.map(oldWords), trials: timeline.trials.map(oldWords) },
    rules: rules.map((one) => ({ ...one, kind: one.kind === 'documented-model' ? 'calico-model' : one.kind })),
  };
}
