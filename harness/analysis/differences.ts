import { mean, sampleStandardDeviation } from 'simple-statistics';
import { listSpecs } from '../experiment/quantities.ts';
import { isFloor } from '../mode/table.ts';
import type { PairedDifference } from '../model/findings.ts';
import type { Mode } from '../model/mode.ts';
import { isAsked, marginOf, type Quantity } from '../model/quantity.ts';
import { MINIMUM_ROUNDS } from '../model/rounds.ts';
import type { Scenario } from '../model/scenario.ts';
import { type Cells, type Place, valuesOfRounds } from './cells.ts';
import { holmLevels } from './statistics/holm.ts';
import { estimateMean, estimateMeanByStudent, meanTestP } from './statistics/interval.ts';
import { pairedDifferences, type RoundPair } from './statistics/paired.ts';
import { judgeDifference, roundsStillNeeded } from './verdict.ts';

/** How the headline comparisons share one error rate, as a report says it. */
export function describeFamily(comparisons: number, confidence: number, quantities: readonly Quantity[]): string {
  const alpha = Number(((1 - confidence) * 100).toPrecision(3));
  const names = quantities.filter(({ primary }) => primary !== null).map(({ name }) => name);
  return (
    `The ${comparisons} headline comparisons (${names.join(', ')}, for every size, policy and pair of modes, the ` +
    `floor "none" aside) share an error rate of ${alpha} % by Holm’s step-down rule; each verdict is read from Student’s interval at the level at which ` +
    'Holm tests it, so verdict and interval cannot contradict each other. All other comparisons are taken one by one at the confidence asked for.'
  );
}

/** Pairs of modes, the later one of the scenario's list as the reference, the floor always. */
export function pairModes(modes: readonly Mode[]): { mode: Mode; reference: Mode }[] {
  return modes.flatMap((first, index) =>
    modes
      .slice(index + 1)
      .map((second) => (isFloor(first) ? { mode: second, reference: first } : { mode: first, reference: second })),
  );
}

interface RawComparison extends Place {
  readonly referenceModeId: string;
  readonly quantity: Quantity;
  readonly pairs: readonly RoundPair[];
  readonly inFamily: boolean;
}

/** Rounds in which both have the quantity. */
function pairRounds(cells: Cells, raw: Omit<RawComparison, 'pairs' | 'inFamily'>): RoundPair[] {
  const of = (modeId: string) => valuesOfRounds(cells.find({ ...raw, modeId }), raw.quantity);
  const reference = new Map(of(raw.referenceModeId).map(({ round, value }) => [round, value]));
  return of(raw.modeId).flatMap(({ round, value }) => {
    const b = reference.get(round);
    return b === undefined ? [] : [{ round, a: value, b }];
  });
}

function gatherComparisons(cells: Cells, scenario: Scenario, quantities: readonly Quantity[]): RawComparison[] {
  const compared = quantities.filter((quantity) => isAsked(quantity, 'modes'));
  return scenario.sizesServices.flatMap((sizeServices) =>
    listSpecs(scenario).flatMap((asked) =>
      pairModes(scenario.modes).flatMap(({ mode, reference }) =>
        compared.flatMap((quantity) => {
          const raw = { sizeServices, ...asked, modeId: mode.id, referenceModeId: reference.id, quantity };
          const rounds = pairRounds(cells, raw);
          const inFamily = quantity.primary !== null && !isFloor(reference) && rounds.length >= MINIMUM_ROUNDS;
          return rounds.length === 0 ? [] : [{ ...raw, pairs: rounds, inFamily }];
        }),
      ),
    ),
  );
}

function judgeComparison(raw: RawComparison, level: number, scenario: Scenario, seed: number): PairedDifference {
  const { pairs, quantity, ...where } = raw;
  const values = pairedDifferences(pairs);
  const confidence = scenario.stop.confidence;
  const referenceValue = mean(pairs.map((pair) => pair.b));
  const margin = marginOf(quantity, referenceValue);
  const difference = estimateMean(values, { confidence, seed });
  const tested = raw.inFamily ? estimateMeanByStudent(values, 1 - level) : difference;
  const adjusted = { ...tested, confidenceAsked: confidence };
  const judged = judgeDifference(adjusted, margin);
  const question = { value: difference.value, rounds: values.length, margin, confidence: 1 - level };
  const needed = (standardDeviation: number) => roundsStillNeeded({ ...question, standardDeviation });
  return {
    ...where,
    quantity: quantity.id,
    referenceValue,
    unit: quantity.unit,
    difference,
    adjusted,
    margin,
    ...judged,
    roundsNeeded: judged.verdict !== 'unsure' ? 0 : values.length < 2 ? null : needed(sampleStandardDeviation(values)),
  };
}

/** All paired differences of a run, judged; the headline comparisons as one family. */
export function compareModes(
  cells: Cells,
  scenario: Scenario,
  quantities: readonly Quantity[],
  seed: number,
): PairedDifference[] {
  const raw = gatherComparisons(cells, scenario, quantities);
  const alpha = 1 - scenario.stop.confidence;
  const family = raw.filter((one) => one.inFamily);
  const levels = holmLevels(
    family.map((one) => meanTestP(pairedDifferences(one.pairs))),
    alpha,
  );
  const levelOf = new Map(family.map((one, index) => [one, levels[index] ?? alpha]));
  return raw.map((one) => judgeComparison(one, levelOf.get(one) ?? alpha, scenario, seed));
}
