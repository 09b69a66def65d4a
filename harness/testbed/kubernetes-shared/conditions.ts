import { describeHabit } from '../../dataplane/kube-proxy/sync-habit.ts';
import type { Reason } from '../../model/reason.ts';
import type { ClusterPlace } from './place.ts';

/** What goes on in the clusters beside the load, as it was found before the first trial. Pure. */
export function findConditions(
  places: Iterable<ClusterPlace>,
  describePlace: (place: ClusterPlace) => string,
): readonly Reason[] {
  return [...places].flatMap((place) => {
    const habit = place.eyes.proxy?.habit ?? null;
    return habit === null ? [] : [describeHabit(habit, describePlace(place))];
  });
}
