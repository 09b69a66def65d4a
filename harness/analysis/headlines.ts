import { type ExperimentSpec, headlineSpec } from '../experiment/quantities.ts';
import { isFloor as isFloorMode } from '../mode/table.ts';
import type { CrossOver, Estimate, Findings, Headline, PairedDifference } from '../model/findings.ts';
import type { Quantity } from '../model/quantity.ts';
import type { Scenario } from '../model/scenario.ts';

/** What the first sentences are made from. */
export type Evidence = Omit<Findings, 'headlines'>;

const MOST_HEADLINES = 3;

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

/** The quantities of the first sentences, in their rank. */
function rankPrimary({ quantities }: Evidence): Quantity[] {
  return quantities
    .filter(({ primary }) => primary !== null)
    .toSorted((one, other) => (one.primary ?? 0) - (other.primary ?? 0));
}

const isAt = (one: ExperimentSpec, { experiment, spec }: ExperimentSpec) =>
  one.experiment === experiment && one.spec === spec;

/** The widest of the family's differences at the largest size that has any; a verdict goes before none. */
function pickWidest(evidence: Evidence, at: ExperimentSpec, { id }: Quantity): PairedDifference | undefined {
  const wanted = evidence.differences.filter((one) => one.inFamily && isAt(one, at) && one.quantity === id);
  const largest = Math.max(...wanted.map(({ sizeServices }) => sizeServices));
  return wanted
    .filter(({ sizeServices }) => sizeServices === largest)
    .sort((one, other) => Math.abs(other.adjusted.value) - Math.abs(one.adjusted.value))[0];
}

type DifferenceHeadline = Extract<Headline, { kind: 'difference' }>;

function tellDifference(one: PairedDifference): DifferenceHeadline {
  const { slower, faster, fasterValue, difference } = turned(one);
  const { sizeServices, experiment, spec, quantity, unit, margin, verdict } = one;
  return {
    kind: 'difference',
    sizeServices,
    experiment,
    spec,
    quantity,
    unit,
    higherModeId: slower,
    lowerModeId: faster,
    lowerValue: fasterValue,
    higherValue: fasterValue + difference.value,
    difference,
    margin,
    verdict,
  };
}

/** One for each unit: the quantity of the first rank (what an application feels), unless only a later one is sharp enough for a verdict. */
function differenceHeadlines(evidence: Evidence, at: ExperimentSpec): DifferenceHeadline[] {
  const byUnit = Map.groupBy(rankPrimary(evidence), ({ unit }) => unit);
  return [...byUnit.values()].flatMap((quantities) => {
    const widest = quantities.flatMap((quantity) => pickWidest(evidence, at, quantity) ?? []);
    const [first] = widest;
    const sharp = first?.verdict === 'unsure' ? widest.find(({ verdict }) => verdict === 'different') : undefined;
    const one = sharp ?? first;
    return one === undefined ? [] : [tellDifference(one)];
  });
}

const TELLING_OUTCOMES = ['found', 'extrapolated', 'from-the-start'];

/** A crossing that may as well lie nowhere is no answer: the list of crossings has it. */
function isOpenEnded({ outcome, highServices }: CrossOver): boolean {
  return TELLING_OUTCOMES.includes(outcome) && highServices === null;
}

/** Of the pair that the first sentence speaks of, in the same quantity where that can be. */
function crossOverHeadline(evidence: Evidence, at: ExperimentSpec, told: DifferenceHeadline | undefined): Headline[] {
  if (told === undefined) return [];
  const pair = [told.higherModeId, told.lowerModeId];
  const usable = evidence.crossOvers.filter(
    (one) =>
      isAt(one, at) &&
      one.unit === told.unit &&
      one.outcome !== 'unsure' &&
      !isOpenEnded(one) &&
      pair.includes(one.worseModeId) &&
      pair.includes(one.betterModeId),
  );
  const rank = ({ outcome, quantity }: CrossOver) =>
    (TELLING_OUTCOMES.includes(outcome) ? 0 : 2) + (quantity === told.quantity ? 0 : 1);
  const best = usable.sort((one, other) => rank(one) - rank(other))[0];
  return best === undefined ? [] : [{ kind: 'cross-over', crossOver: best }];
}

/** Per rule at the largest size, or growth per Service where a mode has no order of rules; of a quantity in the unit of the first rank. */
function slopeHeadline(evidence: Evidence, at: ExperimentSpec): Headline[] {
  const unit = rankPrimary(evidence)[0]?.unit;
  const ids = evidence.quantities.filter((quantity) => quantity.unit === unit).map(({ id }) => id);
  const usable = evidence.slopes.filter(
    (one) => isAt(one, at) && one.verdict !== 'unsure' && ids.includes(one.quantity),
  );
  const byRule = usable
    .filter(({ axis }) => axis === 'rule-index')
    .sort((one, other) => (other.sizeServices ?? 0) - (one.sizeServices ?? 0));
  const slope = byRule[0] ?? usable[0];
  return slope === undefined ? [] : [{ kind: 'slope', slope }];
}

/** Without a comparison the modes' own values, at the largest size that has any: side by side, one over the floor, or one alone. */
function uncomparedHeadline(evidence: Evidence, at: ExperimentSpec, scenario: Scenario): Headline[] {
  const first = rankPrimary(evidence)[0]?.id;
  const values = evidence.estimates.filter((one) => isAt(one, at) && one.quantity === first);
  const isFloor = ({ modeId }: { modeId: string }) =>
    scenario.modes.some((mode) => mode.id === modeId && isFloorMode(mode));
  const real = values.filter((one) => !isFloor(one));
  const largest = Math.max(...(real.length > 0 ? real : values).map(({ sizeServices }) => sizeServices));
  const there = values.filter(({ sizeServices }) => sizeServices === largest);
  const contestants = there.filter((one) => !isFloor(one));
  const [one, other] = contestants.length === 1 ? [...contestants, ...there.filter(isFloor)] : there;
  if (one === undefined) return [];
  if (other === undefined) return [{ kind: 'alone', estimate: one }];
  const shown = contestants.length >= 2 ? contestants : [one, other];
  const between = differencesAmong(evidence, shown);
  const difference = between[0]?.difference;
  if (isFloor(other) && difference !== undefined && difference.low !== null)
    return [{ kind: 'over-floor', estimate: one, floor: other, difference }];
  // A pair without a round in common has no difference at all.
  const isWhole = between.length === (shown.length * (shown.length - 1)) / 2;
  const commonRounds = isWhole ? Math.min(...between.map((one) => one.difference.rounds)) : 0;
  return [{ kind: 'beside', estimates: shown, commonRounds }];
}

/** Paired differences between modes at one size, of the quantity that is shown. */
function differencesAmong(evidence: Evidence, shown: readonly Estimate[]): PairedDifference[] {
  const [first] = shown;
  const ids = shown.map(({ modeId }) => modeId);
  return evidence.differences.filter(
    (one) =>
      first !== undefined &&
      one.quantity === first.quantity &&
      one.sizeServices === first.sizeServices &&
      isAt(one, first) &&
      ids.includes(one.modeId) &&
      ids.includes(one.referenceModeId),
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

/** Data of the first sentences: how the modes differ in what is primary, then where it starts (or how it grows). At least one. */
export function pickHeadlines(evidence: Evidence, scenario: Scenario): Headline[] {
  const at = headlineSpec(scenario);
  const compared = differenceHeadlines(evidence, at);
  const leading = compared.find(({ unit }) => unit === rankPrimary(evidence)[0]?.unit);
  const grown = [...crossOverHeadline(evidence, at, leading), ...slopeHeadline(evidence, at)];
  const answers =
    compared.length > 0 ? [...compared, ...grown] : [...uncomparedHeadline(evidence, at, scenario), ...grown];
  const fewRounds = compared.length === 0 && evidence.limits.some(({ code }) => code === 'few-rounds');
  const picked = answers.slice(0, fewRounds ? MOST_HEADLINES - 1 : MOST_HEADLINES);
  return picked.length === 0 || fewRounds ? [...picked, ...cannotSay(evidence)] : picked;
}
