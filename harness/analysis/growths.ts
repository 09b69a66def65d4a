import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Growth } from '../model/findings.ts';
import { isAsked, marginOf, type Quantity } from '../model/quantity.ts';
import type { Scenario } from '../model/scenario.ts';
import { type Cell, type Cells, placeOf, valuesOf } from './cells.ts';
import { estimateUnpairedDifference } from './statistics/unpaired.ts';
import { judgeDifference, roundsStillNeeded } from './verdict.ts';

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

function compareWithBase(cell: Cell, baseCell: Cell, quantity: Quantity, confidence: number): Growth[] {
  const values = valuesOf(cell, quantity);
  const base = valuesOf(baseCell, quantity);
  if (values.length === 0 || base.length === 0) return [];
  const baseValue = mean(base);
  const margin = marginOf(quantity, baseValue);
  const difference = estimateUnpairedDifference(values, base, confidence);
  const judged = judgeDifference(difference, margin);
  return [
    {
      ...placeOf(cell),
      baseSizeServices: baseCell.sizeServices,
      baseValue,
      quantity: quantity.id,
      unit: quantity.unit,
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

/** Every mode and spec at every size against itself at the smallest size of the run. Sizes are not paired: Welch. */
export function compareSizes(cells: Cells, scenario: Scenario, quantities: readonly Quantity[]): Growth[] {
  const grown = quantities.filter((quantity) => isAsked(quantity, 'sizes'));
  const baseSize = scenario.sizesServices[0] ?? 0;
  return cells.all.flatMap((cell) => {
    const base = cells.find({ ...cell, sizeServices: baseSize });
    if (base === undefined || cell.sizeServices === baseSize) return [];
    return grown.flatMap((quantity) => compareWithBase(cell, base, quantity, scenario.stop.confidence));
  });
}
