import type { PairedDifference } from '../../../model/findings.ts';
import { type Decision, lacking, numberOf } from './claim.ts';
import { lackingInterval, settledBy } from './lookup.ts';

/** "The modes do not differ in a way that matters", over several comparisons: all equivalent, or one that differs. */
export function decideEquivalence(
  differences: readonly PairedDifference[],
  suppliedBy: readonly string[],
  note: string,
): Decision {
  if (differences.length === 0) return lacking('This run has no comparison of these modes at these sizes.', suppliedBy);
  const numbers = differences.map((one) =>
    numberOf(
      `${one.modeId} − ${one.referenceModeId} at ${one.sizeServices} Services, ${one.spec} (margin ${formatMargin(one)})`,
      one.adjusted,
      one.unit,
    ),
  );
  const apart = differences.filter(({ verdict }) => verdict === 'different');
  const sizes = (some: readonly PairedDifference[]) =>
    [...new Set(some.map(({ sizeServices }) => sizeServices))].join(', ');
  if (apart.length > 0) {
    return { verdict: 'not reproduced', because: `The modes differ at ${sizes(apart)} Services.${note}`, numbers };
  }
  const open = differences.filter(({ verdict }) => verdict === 'unsure');
  if (open.length > 0) {
    return {
      verdict: 'inconclusive',
      because: `${lackingInterval(open) ?? `The interval is too wide at ${sizes(open)} Services.${settledBy(open)}`}${note}`,
      numbers,
    };
  }
  return {
    verdict: 'reproduced',
    because: `Every interval lies inside its margin (${sizes(differences)} Services).${note}`,
    numbers,
  };
}

function formatMargin({ margin, unit }: PairedDifference): string {
  return unit === 'us' ? `${Math.round(margin)} µs` : `${margin} cores`;
}
