import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Growth, Metric, Quantity } from '../model/findings.ts';
import type { Scenario } from '../model/scenario.ts';
import type { Cell, Cells } from './cells.ts';
import { marginOf } from './margin.ts';
import { quantityOfRounds, unitOf } from './quantity.ts';
import { estimateUnpairedDifference } from './statistics/unpaired.ts';
import { judgeDifference, roundsStillNeeded } from './verdict.ts';

const GROWN_METRICS: readonly Metric[] = ['handshake', 'connect', 'total'];

const GROWN_QUANTITIES: readonly Quantity[] = [
  ...GROWN_METRICS.flatMap((metric) =>
    (['mean', 'p50', 'p99'] as const).map((statistic) => ({ kind: 'time', metric, statistic }) as const),
  ),
  { kind: 'cpu' },
];

function valuesOf(cell: Cell | undefined, quantity: Quantity): number[] {
  return quantityOfRounds(cell, quantity).map(({ value }) => value);
}

function roundsForGrowth(
  values: readonly number[],
  base: readonly number[],
  question: { value: number; margin: number; confidence: number },
): number | null {
  if (values.length < 2 || base.length < 2) return null;
  // Two equal samples: the variance of their difference is the sum of both.
  const standardDeviation = Math.hypot(sampleStandardDeviation([...values]), sampleStandardDeviation([...base]));
  return roundsStillNeeded({ ...question, standardDeviation, rounds: Math.min(values.length, base.length) });
}

function compareWithBase(cell: Cell, baseCell: Cell, quantity: Quantity, scenario: Scenario): Growth[] {
  const values = valuesOf(cell, quantity);
  const base = valuesOf(baseCell, quantity);
  if (values.length === 0 || base.length === 0) return [];
  const confidence = scenario.stop.confidence;
  const baseValue = mean(base);
  const margin = marginOf(quantity, baseValue, scenario.margins);
  const difference = estimateUnpairedDifference(values, base, confidence);
  const judged = judgeDifference(difference, margin);
  const { sizeServices, modeId, policyId } = cell;
  return [
    {
      sizeServices,
      modeId,
      policyId,
      baseSizeServices: baseCell.sizeServices,
      baseValue,
      quantity,
      unit: unitOf(quantity),
      difference,
      adjusted: difference,
      inFamily: false,
      margin,
      ...judged,
      roundsNeeded:
        judged.verdict === 'unsure'
          ? roundsForGrowth(values, base, { value: difference.value, margin, confidence })
          : 0,
    },
  ];
}

/** Every mode and policy at every size against itself at the smallest size of the run. Sizes are not paired: Welch. */
export function compareSizes(cells: Cells, scenario: Scenario): Growth[] {
  const baseSize = scenario.sizesServices[0] ?? 0;
  return cells.all.flatMap((cell) => {
    const base = cells.find(baseSize, cell.modeId, cell.policyId);
    if (base === undefined || cell.sizeServices === baseSize) return [];
    return GROWN_QUANTITIES.flatMap((quantity) => compareWithBase(cell, base, quantity, scenario));
  });
}
