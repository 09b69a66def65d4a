import type { GuestWish, Place } from '../launch/place.ts';
import { findModeVersionReason } from '../mode/version.ts';
import type { Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { Reason } from '../model/reason.ts';
import type { Scenario } from '../model/scenario.ts';
import { ensurePrerequisites, findToolReason, type SetupWorld } from '../supply/packages/ensure.ts';

/**
 * Which modes of a scenario a place runs. First it sees to this machine's tools: what every mode needs there must be had (rejects with an EnvironmentError), and a mode whose own tool cannot be had
 * is not supported. Then the place is asked about the rest, and last which of them the kube-proxy has. Asks and installs nothing where a place brings its own (clusters).
 */
export async function askPlace(
  place: Place,
  demand: { readonly scenario: Scenario; readonly guest: GuestWish },
  setup: SetupWorld,
): Promise<readonly ModeSupport[]> {
  const { modes, measure } = demand.scenario;
  const lacks = await ensurePrerequisites({ needs: place.needs, modes, wire: measure.wire }, setup);
  const byTools = refuse(modes.map(runs), (mode) => findToolReason(mode, lacks, setup.machine));
  const equipped = byTools.filter((one) => one.supported).map((one) => one.mode);
  const asked = await place.support(equipped, demand);
  // In the order that was asked for.
  const support = byTools.map((one) => asked.find(({ mode }) => mode.id === one.mode.id) ?? one);
  return place.bringsKubeProxy ? support : refuseByVersion(support, (mode) => mode.proxyVersion);
}

/** The one place where a run asks whether its kube-proxy has a mode: by the version that was named, and by the one that a binary says when it is there. */
export function refuseByVersion(
  support: readonly ModeSupport[],
  versionOf: (mode: Mode) => string | null,
): readonly ModeSupport[] {
  return refuse(support, (mode) => findModeVersionReason(mode, versionOf(mode)));
}

export function runs(mode: Mode): ModeSupport {
  return { mode, supported: true };
}

function refuse(support: readonly ModeSupport[], findReason: (mode: Mode) => Reason | null): readonly ModeSupport[] {
  return support.map((one) => {
    const reason = findReason(one.mode);
    return reason === null ? one : { mode: one.mode, supported: false, reason };
  });
}
