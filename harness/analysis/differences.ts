import { mean, sampleStandardDeviation } from 'simple-statistics';
import { isFloor } from '../mode/table.ts';
import { type Metric, type PairedDifference, type Quantity, STATISTICS } from '../model/findings.ts';
import type { Mode } from '../model/mode.ts';
import { MINIMUM_ROUNDS } from '../model/rounds.ts';
import type { Scenario } from '../model/scenario.ts';
import type { Cells } from './cells.ts';
import { marginOf } from './margin.ts';
import { isHeadline, quantityOfRounds, unitOf } from './quantity.ts';
import { holmLevels } from './statistics/holm.ts';
import { estimateMean, estimateMeanByStudent, meanTestP } from './statistics/interval.ts';
import { pairedDifferences, type RoundPair } from './statistics/paired.ts';
import { judgeDifference, roundsStillNeeded } from './verdict.ts';

const COMPARED_METRICS: readonly Metric[] = ['handshake', 'connect', 'firstByte', 'total', 'totalFromDue'];

/** Everything that two modes are compared by. */
const COMPARED_QUANTITIES: readonly Quantity[] = [
  ...COMPARED_METRICS.flatMap((metric) =>
    STATISTICS.map((statistic) => ({ kind: 'time', metric, statistic }) as const),
  ),
  { kind: 'time', metric: 'connectedToFirstByte', statistic: 'mean' },
  { kind: 'cpu' },
];

/** How the headline comparisons share one error rate, as a report says it. */
export function describeFamily(comparisons: number, confidence: number): string {
  const alpha = Number(((1 - confidence) * 100).toPrecision(3));
  return (
    `The ${comparisons} headline comparisons (median handshake, median total time and CPU, for every size, policy and pair of modes, the ` +
    `floor "none" aside) share an error rate of ${alpha} % by Holm’s step-down rule; each verdict is read from Student’s interval at the level at which ` +
    'Holm tests it, so verdict and interval cannot contradict each other. All other comparisons are taken one by one at the confidence asked for.'
  );
}

/** Pairs of modes, the later one of the scenario's list as the reference, the floor always. */
function pairModes(modes: readonly Mode[]): { mode: Mode; reference: Mode }[] {
  return modes.flatMap((first, index) =>
    modes
      .slice(index + 1)
      .map((second) => (isFloor(first) ? { mode: second, reference: first } : { mode: first, reference: second })),
  );
}

interface RawComparison {
  readonly sizeServices: number;
  readonly policyId: string;
  readonly modeId: string;
  readonly referenceModeId: string;
  readonly quantity: Quantity;
  readonly pairs: readonly RoundPair[];
  readonly inFamily: boolean;
}

/** Rounds in which both have the quantity. */
function pairRounds(cells: Cells, raw: Omit<RawComparison, 'pairs' | 'inFamily'>): RoundPair[] {
  const { sizeServices, policyId, quantity } = raw;
  const of = (modeId: string) => quantityOfRounds(cells.find(sizeServices, modeId, policyId), quantity);
  const reference = new Map(of(raw.referenceModeId).map(({ round, value }) => [round, value]));
  return of(raw.modeId).flatMap(({ round, value }) => {
    const b = reference.get(round);
    return b === undefined ? [] : [{ round, a: value, b }];
  });
}

function gatherComparisons(cells: Cells, scenario: Scenario, policyIds: readonly string[]): RawComparison[] {
  const pairs = pairModes(scenario.modes);
  return scenario.sizesServices.flatMap((sizeServices) =>
    policyIds.flatMap((policyId) =>
      pairs.flatMap(({ mode, reference }) =>
        COMPARED_QUANTITIES.flatMap((quantity) => {
          const raw = { sizeServices, policyId, modeId: mode.id, referenceModeId: reference.id, quantity };
          const rounds = pairRounds(cells, raw);
          const inFamily = isHeadline(quantity) && !isFloor(reference) && rounds.length >= MINIMUM_ROUNDS;
          return rounds.length === 0 ? [] : [{ ...raw, pairs: rounds, inFamily }];
        }),
      ),
    ),
  );
}

function judgeComparison(raw: RawComparison, level: number, scenario: Scenario, seed: number): PairedDifference {
  const { pairs, ...where } = raw;
  const values = pairedDifferences(pairs);
  const confidence = scenario.stop.confidence;
  const referenceValue = mean(pairs.map((pair) => pair.b));
  const margin = marginOf(raw.quantity, referenceValue, scenario.margins);
  const difference = estimateMean(values, { confidence, seed });
  const tested = raw.inFamily ? estimateMeanByStudent(values, 1 - level) : difference;
  const adjusted = { ...tested, confidenceAsked: confidence };
  const judged = judgeDifference(adjusted, margin);
  const question = { value: difference.value, rounds: values.length, margin, confidence: 1 - level };
  const needed = (standardDeviation: number) => roundsStillNeeded({ ...question, standardDeviation });
  return {
    ...where,
    referenceValue,
    unit: unitOf(raw.quantity),
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
  policyIds: readonly string[],
  seed: number,
): PairedDifference[] {
  const raw = gatherComparisons(cells, scenario, policyIds);
  const alpha = 1 - scenario.stop.confidence;
  const family = raw.filter((one) => one.inFamily);
  const levels = holmLevels(
    family.map((one) => meanTestP(pairedDifferences(one.pairs))),
    alpha,
  );
  const levelOf = new Map(family.map((one, index) => [one, levels[index] ?? alpha]));
  return raw.map((one) => judgeComparison(one, levelOf.get(one) ?? alpha, scenario, seed));
}
