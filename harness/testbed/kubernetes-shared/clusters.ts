import type { ClusterPlace } from './place.ts';

/** The clusters of a run, one for each mode: all at once, or one at a time. */
export interface Clusters {
  /** The one in which the instrument is measured, before the first size. */
  readonly first: ClusterPlace;
  /** Those that stand for the whole run: all, or none. */
  readonly lasting: readonly ClusterPlace[];
  /** The cluster of a mode, made now unless it is the one that stands. Only where none lasts. */
  take?(modeId: string): Promise<ClusterPlace>;
}

/** Clusters that all stand from the start; there is one at least. */
export function sideBySide(places: readonly ClusterPlace[]): Clusters {
  const [first] = places;
  if (first === undefined) throw new Error('a run has a mode');
  return { first, lasting: places };
}
