import type { ClusterPlace } from './place.ts';

/** The clusters of a run, one for each mode: all at once, or one at a time. */
export interface Clusters {
  /** The one in which the instrument is measured, before the first size. */
  readonly first: ClusterPlace;
  /** Those that stand once the testbed is open: all, or the first. */
  readonly opened: readonly ClusterPlace[];
  /** The cluster of a mode. Where they stand one at a time it is made now, unless it is the one that stands, and that one is deleted. */
  place(modeId: string): Promise<ClusterPlace>;
}

/** Clusters that all stand from the start; there is one at least. */
export function sideBySide(places: readonly ClusterPlace[]): Clusters {
  const [first] = places;
  if (first === undefined) throw new Error('a run has a mode');
  return {
    first,
    opened: places,
    place: async (modeId) => {
      const place = places.find(({ mode }) => mode.id === modeId);
      if (place === undefined) throw new Error(`no cluster is of mode ${modeId}`);
      return place;
    },
  };
}
