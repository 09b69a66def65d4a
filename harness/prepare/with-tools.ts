import type { ModeSupport } from '../model/mode-support.ts';
import type { SetupWorld } from '../supply/packages/ensure.ts';
import { ensurePrerequisites, findToolReason } from '../supply/packages/ensure.ts';
import type { TestbedKind } from '../testbed/testbed.ts';

/**
 * The same kind of place, which sees to this machine's tools before it is asked what it supports: what every mode needs there must be had, and a mode whose own tool
 * cannot be had is not supported, which the scenario may refuse or skip. Asks and installs nothing where a place brings its own (clusters).
 */
export function withTools(kind: TestbedKind, setup: SetupWorld): TestbedKind {
  return {
    ...kind,
    async support(modes, scenario) {
      const demand = { place: kind.name, modes, wire: scenario.measure.wire };
      const lacks = await ensurePrerequisites(demand, setup);
      const refused = modes.flatMap((mode): ModeSupport[] => {
        const reason = findToolReason(mode, lacks, setup.machine);
        return reason === null ? [] : [{ mode, supported: false, reason }];
      });
      const isRefused = (id: string) => refused.some((one) => one.mode.id === id);
      const rest = await kind.support(
        modes.filter((mode) => !isRefused(mode.id)),
        scenario,
      );
      // In the order that was asked for.
      return modes.flatMap((mode) => [...refused, ...rest].filter((one) => one.mode.id === mode.id));
    },
  };
}
