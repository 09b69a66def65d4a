import type { CountedTimes } from '../model/counted-times.ts';

/** What one observation says: a value for each quantity that it has, and what stands behind the values. */
export interface Reading {
  readonly values: ReadonlyMap<string, number>;
  /** By a distribution's id. */
  readonly distributions: ReadonlyMap<string, CountedTimes>;
  /** Values behind a quantity that is of no distribution. */
  readonly samples: number;
  /** One distribution for each target, for fits over the place of its rule, and the quantity that their medians are values of. */
  readonly targets: { readonly quantity: string; readonly times: readonly TargetTimes[] } | null;
}

interface TargetTimes {
  readonly id: string;
  readonly times: CountedTimes;
}

/** What repeats: rounds, nodes that stood up, or changes of one node. */
export type Repetition = 'round' | 'node' | 'change';

/** One valid observation of one cell, read. */
export interface Observed {
  readonly sizeServices: number;
  readonly modeId: string;
  readonly experiment: string;
  readonly spec: string;
  readonly repetition: Repetition;
  /** Its number among its like: the round. */
  readonly round: number;
  readonly reading: Reading;
}

/** A reading of plain values. */
export function readValues(values: Readonly<Record<string, number | null>>): Reading {
  const known = Object.entries(values).flatMap(([id, value]) => (value === null ? [] : [[id, value] as const]));
  return { values: new Map(known), distributions: new Map(), samples: 1, targets: null };
}
