import type { CrossOver, PairedDifference } from '../model/findings.ts';
import type { Quantity } from '../model/quantity.ts';
import { makeRandom, type Random } from '../model/random.ts';
import { MINIMUM_ROUNDS } from '../model/rounds.ts';
import type { Scenario } from '../model/scenario.ts';
import { slopeWeights } from './statistics/line.ts';
import { studentQuantile } from './statistics/student.ts';

/** How much worse at one size, its standard error, and the margin there. */
interface Excess {
  readonly sizeServices: number;
  readonly excess: number;
  readonly standardError: number;
  readonly rounds: number;
}

/** Beyond ten times the largest measured size a straight line is a guess, and no number is given. */
const FARTHEST_EXTRAPOLATION = 10;
const DRAWS = 1999;

interface Crossing {
  readonly outcome: Exclude<CrossOver['outcome'], 'unsure'>;
  readonly services: number | null;
}

function slopeOf(excesses: readonly Excess[]): number {
  const weights = slopeWeights(excesses.map(({ sizeServices }) => sizeServices));
  return excesses.reduce((sum, { excess }, at) => sum + (weights[at] ?? 0) * excess, 0);
}

function extrapolate(excesses: readonly Excess[]): Crossing {
  const last = excesses.at(-1);
  const slope = excesses.length < 2 ? 0 : slopeOf(excesses);
  if (last === undefined || slope <= 0) return { outcome: 'not-reached', services: null };
  const services = last.sizeServices - last.excess / slope;
  const farthest = FARTHEST_EXTRAPOLATION * last.sizeServices;
  return services > farthest ? { outcome: 'not-reached', services: null } : { outcome: 'extrapolated', services };
}

/**
 * Where the excess (difference less margin) first passes 0: straight lines between measured sizes, beyond the largest the
 * least-squares line's slope from its last point.
 */
export function findCrossing(excesses: readonly Excess[]): Crossing {
  const first = excesses[0];
  if (first === undefined) return { outcome: 'not-reached', services: null };
  if (first.excess >= 0) return { outcome: 'from-the-start', services: first.sizeServices };
  const at = excesses.findIndex(({ excess }) => excess >= 0);
  const [before, after] = [excesses[at - 1], excesses[at]];
  if (before === undefined || after === undefined) return extrapolate(excesses);
  const share = -before.excess / (after.excess - before.excess);
  return { outcome: 'found', services: before.sizeServices + share * (after.sizeServices - before.sizeServices) };
}

/** Each size's excess as another run of as many rounds might have it: value + error · Student's t. */
function redraw(excesses: readonly Excess[], random: Random): Excess[] {
  return excesses.map((one) => {
    const t = studentQuantile(Math.min(1 - 1e-9, Math.max(1e-9, random())), one.rounds - 1);
    return { ...one, excess: one.excess + one.standardError * t };
  });
}

/** Interval by parametric bootstrap (Efron and Tibshirani 1993, 6.5), because a plain one is too narrow for few rounds. */
function intervalOf(excesses: readonly Excess[], confidence: number, seed: number): [number, number | null] | null {
  const random = makeRandom(seed);
  const places = Array.from({ length: DRAWS }, () => findCrossing(redraw(excesses, random)).services ?? Infinity);
  places.sort((one, other) => one - other);
  const rank = Math.floor(((1 - confidence) / 2) * (DRAWS + 1));
  const [low, high] = [places[rank - 1] ?? Infinity, places[DRAWS - rank] ?? Infinity];
  return Number.isFinite(low) ? [low, Number.isFinite(high) ? high : null] : null;
}

/** The pair's differences of one quantity and spec over the sizes, turned so that the largest size's is positive. */
function orient(differences: readonly PairedDifference[]): { sign: 1 | -1; excesses: Excess[] } {
  const sorted = [...differences].sort((one, other) => one.sizeServices - other.sizeServices);
  const sign = (sorted.at(-1)?.difference.value ?? 0) < 0 ? -1 : 1;
  const excesses = sorted.map(({ sizeServices, difference, margin }) => ({
    sizeServices,
    excess: sign * difference.value - margin,
    standardError: standardErrorOf(difference),
    rounds: difference.rounds,
  }));
  return { sign, excesses };
}

/** Back from the interval's width; NaN without an interval. */
function standardErrorOf({ low, high, rounds, confidenceAsked }: PairedDifference['difference']): number {
  if (low === null || high === null) return Number.NaN;
  return (high - low) / 2 / studentQuantile(1 - (1 - confidenceAsked) / 2, rounds - 1);
}

function makeCrossOver(
  differences: readonly PairedDifference[],
  quantity: Quantity,
  scenario: Scenario,
  seed: number,
): CrossOver[] {
  const last = differences.at(-1);
  if (last === undefined) return [];
  const { sign, excesses } = orient(differences);
  const rounds = Math.min(...excesses.map((one) => one.rounds));
  const confidence = scenario.stop.confidence;
  const [worseModeId, betterModeId] =
    sign === 1 ? [last.modeId, last.referenceModeId] : [last.referenceModeId, last.modeId];
  const base = {
    worseModeId,
    betterModeId,
    experiment: last.experiment,
    spec: last.spec,
    quantity: quantity.id,
    unit: quantity.unit,
    confidence,
    rounds,
  };
  const none = { services: null, lowServices: null, highServices: null };
  const margin = last.margin;
  if (rounds < MINIMUM_ROUNDS) return [{ ...base, ...none, margin, outcome: 'unsure' }];
  const crossing = findCrossing(excesses);
  const [lowServices, highServices] = intervalOf(excesses, confidence, seed) ?? [null, null];
  // Extrapolating a growth that may be none gives a number that the next run would not: only its lower bound is said.
  const isGuess = crossing.outcome === 'extrapolated' && highServices === null;
  if (crossing.services === null || isGuess) {
    return [{ ...base, margin, outcome: 'not-reached', services: null, lowServices, highServices: null }];
  }
  return [{ ...base, margin, outcome: crossing.outcome, services: crossing.services, lowServices, highServices }];
}

/** Where one mode starts to be worse than another by the margin, for every pair, spec and primary quantity. */
export function findCrossOvers(
  differences: readonly PairedDifference[],
  scenario: Scenario,
  quantities: readonly Quantity[],
  seed: number,
): CrossOver[] {
  if (scenario.sizesServices.length < 2) return [];
  const primary = quantities.filter((quantity) => quantity.primary !== null);
  return primary.flatMap((quantity) => {
    const ofQuantity = differences.filter((one) => one.quantity === quantity.id);
    const groups = Map.groupBy(ofQuantity, (one) =>
      JSON.stringify([one.modeId, one.referenceModeId, one.experiment, one.spec]),
    );
    return [...groups.values()].flatMap((group) => makeCrossOver(group, quantity, scenario, seed));
  });
}
