import { policyId } from '../experiment/load/policy.ts';
import { isFloor as isFloorMode } from '../mode/table.ts';
import type { CrossOver, Findings, Headline, PairedDifference, TimeEstimate } from '../model/findings.ts';
import type { Scenario } from '../model/scenario.ts';

/** What the first sentences are made from. */
export type Evidence = Omit<Findings, 'headlines'>;

const MOST_HEADLINES = 3;

/** A new connection per request shows the most; without it the scenario's first policy. */
function headlinePolicy(scenario: Scenario): string {
  const ids = scenario.load.policies.map(policyId);
  return ids.includes('per-request') ? 'per-request' : (ids[0] ?? '');
}

/** The turned difference: never negative in value. */
function turned(one: PairedDifference): {
  slower: string;
  faster: string;
  fasterValue: number;
  difference: PairedDifference['adjusted'];
} {
  const { value, low, high } = one.adjusted;
  if (value >= 0)
    return {
      slower: one.modeId,
      faster: one.referenceModeId,
      fasterValue: one.referenceValue,
      difference: one.adjusted,
    };
  const negated = {
    ...one.adjusted,
    value: -value,
    low: high === null ? null : -high,
    high: low === null ? null : -low,
  };
  return {
    slower: one.referenceModeId,
    faster: one.modeId,
    fasterValue: one.referenceValue + value,
    difference: negated,
  };
}

/** The widest of the family's differences at the largest size that has any; a verdict goes before none. */
function pickWidest(
  evidence: Evidence,
  policy: string,
  isWanted: (one: PairedDifference) => boolean,
): PairedDifference | undefined {
  const wanted = evidence.differences.filter((one) => one.inFamily && one.policyId === policy && isWanted(one));
  const largest = Math.max(...wanted.map(({ sizeServices }) => sizeServices));
  return wanted
    .filter(({ sizeServices }) => sizeServices === largest)
    .sort((one, other) => Math.abs(other.adjusted.value) - Math.abs(one.adjusted.value))[0];
}

function latencyHeadline(evidence: Evidence, policy: string): Headline[] {
  const of = (metric: string) =>
    pickWidest(evidence, policy, ({ quantity }) => quantity.kind === 'time' && quantity.metric === metric);
  // What an application feels goes first, unless only the wire is sharp enough for a verdict.
  const [total, handshake] = [of('total'), of('handshake')];
  const one =
    total === undefined || (total.verdict === 'unsure' && handshake?.verdict === 'different') ? handshake : total;
  if (one === undefined || one.quantity.kind !== 'time') return [];
  const { slower, faster, fasterValue, difference } = turned(one);
  return [
    {
      kind: 'latency',
      sizeServices: one.sizeServices,
      policyId: policy,
      slowerModeId: slower,
      fasterModeId: faster,
      metric: one.quantity.metric,
      statistic: one.quantity.statistic,
      fasterUs: fasterValue,
      slowerUs: fasterValue + difference.value,
      differenceUs: difference,
      marginUs: one.margin,
      verdict: one.verdict,
    },
  ];
}

function cpuHeadline(evidence: Evidence, policy: string): Headline[] {
  const one = pickWidest(evidence, policy, ({ quantity }) => quantity.kind === 'cpu');
  if (one === undefined) return [];
  const { slower, faster, difference } = turned(one);
  return [
    {
      kind: 'cpu',
      sizeServices: one.sizeServices,
      policyId: policy,
      higherModeId: slower,
      lowerModeId: faster,
      differenceCores: difference,
      marginCores: one.margin,
      verdict: one.verdict,
    },
  ];
}

const TELLING_OUTCOMES = ['found', 'extrapolated', 'from-the-start'];

/** A crossing that may as well lie nowhere is no answer: the list of crossings has it. */
function isOpenEnded({ outcome, highServices }: CrossOver): boolean {
  return TELLING_OUTCOMES.includes(outcome) && highServices === null;
}

/** Of the pair that the latency sentence speaks of, in the same metric where that can be. */
function crossOverHeadline(evidence: Evidence, policy: string, latency: Headline | undefined): Headline[] {
  if (latency?.kind !== 'latency') return [];
  const pair = [latency.slowerModeId, latency.fasterModeId];
  const usable = evidence.crossOvers.filter(
    (one) =>
      one.policyId === policy &&
      one.outcome !== 'unsure' &&
      !isOpenEnded(one) &&
      pair.includes(one.worseModeId) &&
      pair.includes(one.betterModeId),
  );
  const inTimes = usable.filter(({ quantity }) => quantity.kind === 'time');
  const rank = ({ outcome, quantity }: (typeof usable)[number]) =>
    (TELLING_OUTCOMES.includes(outcome) ? 0 : 2) +
    (quantity.kind === 'time' && quantity.metric === latency.metric ? 0 : 1);
  const best = inTimes.sort((one, other) => rank(one) - rank(other))[0];
  return best === undefined ? [] : [{ kind: 'cross-over', crossOver: best }];
}

/** ns per rule at the largest size, or growth per Service where a mode has no order of rules. */
function slopeHeadline(evidence: Evidence, policy: string): Headline[] {
  const usable = evidence.slopes.filter(
    (one) => one.policyId === policy && one.verdict !== 'unsure' && one.quantity.kind === 'time',
  );
  const byRule = usable
    .filter(({ axis }) => axis === 'rule-index')
    .sort((one, other) => (other.sizeServices ?? 0) - (one.sizeServices ?? 0));
  const slope = byRule[0] ?? usable[0];
  return slope === undefined ? [] : [{ kind: 'slope', slope }];
}

/** Without a comparison the modes' own values, at the largest size that has any: side by side, one over the floor, or one alone. */
function uncomparedHeadline(evidence: Evidence, policy: string, scenario: Scenario): Headline[] {
  const medians = evidence.times.filter(
    (one) => one.policyId === policy && one.metric === 'total' && one.statistic === 'p50',
  );
  const isFloor = ({ modeId }: { modeId: string }) =>
    scenario.modes.some((mode) => mode.id === modeId && isFloorMode(mode));
  const real = medians.filter((one) => !isFloor(one));
  const largest = Math.max(...(real.length > 0 ? real : medians).map(({ sizeServices }) => sizeServices));
  const there = medians.filter(({ sizeServices }) => sizeServices === largest);
  const contestants = there.filter((one) => !isFloor(one));
  const [first, second] = contestants.length === 1 ? [...contestants, ...there.filter(isFloor)] : there;
  if (first === undefined) return [];
  if (second === undefined) return [{ kind: 'alone', estimate: first }];
  const shown = contestants.length >= 2 ? contestants : [first, second];
  const between = differencesAmong(evidence, shown);
  const difference = between[0]?.difference;
  if (isFloor(second) && difference !== undefined && difference.low !== null)
    return [{ kind: 'over-floor', estimate: first, floor: second, differenceUs: difference }];
  // A pair without a round in common has no difference at all.
  const isWhole = between.length === (shown.length * (shown.length - 1)) / 2;
  const commonRounds = isWhole ? Math.min(...between.map((one) => one.difference.rounds)) : 0;
  return [{ kind: 'beside', estimates: shown, commonRounds }];
}

/** Paired differences of the median total time between modes at one size. */
function differencesAmong(evidence: Evidence, shown: readonly TimeEstimate[]): PairedDifference[] {
  const ids = shown.map(({ modeId }) => modeId);
  return evidence.differences.filter(
    ({ quantity, sizeServices, policyId: id, modeId, referenceModeId }) =>
      quantity.kind === 'time' &&
      quantity.metric === 'total' &&
      quantity.statistic === 'p50' &&
      sizeServices === shown[0]?.sizeServices &&
      id === shown[0]?.policyId &&
      ids.includes(modeId) &&
      ids.includes(referenceModeId),
  );
}

function cannotSay(evidence: Evidence): Headline[] {
  const reason = evidence.limits[0] ?? {
    code: 'nothing-found',
    message: 'the run has no comparison to report',
    remedy: 'run a scenario with two modes and two sizes, for example 10k',
  };
  return [{ kind: 'cannot-say', reason }];
}

/** Data of the first sentences: latency, CPU, then where it starts (or how it grows). At least one. */
export function pickHeadlines(evidence: Evidence, scenario: Scenario): Headline[] {
  const policy = headlinePolicy(scenario);
  const latency = latencyHeadline(evidence, policy);
  const compared = [...latency, ...cpuHeadline(evidence, policy)];
  const grown = [...crossOverHeadline(evidence, policy, latency[0]), ...slopeHeadline(evidence, policy)];
  const answers =
    compared.length > 0 ? [...compared, ...grown] : [...uncomparedHeadline(evidence, policy, scenario), ...grown];
  const fewRounds = compared.length === 0 && evidence.limits.some(({ code }) => code === 'few-rounds');
  const picked = answers.slice(0, fewRounds ? MOST_HEADLINES - 1 : MOST_HEADLINES);
  return picked.length === 0 || fewRounds ? [...picked, ...cannotSay(evidence)] : picked;
}
