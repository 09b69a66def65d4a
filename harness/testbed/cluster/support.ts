import { UsageError } from '../../errors.ts';
import { isFloor } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import type { ModeSupport } from '../../model/mode-support.ts';
import type { Scenario } from '../../model/scenario.ts';
import { requireSettings } from '../kubernetes-shared/opening.ts';
import { openContext, requireServer } from './context.ts';
import { requireRights } from './rights.ts';

/** Contexts, servers and rights; which mode runs is found out when the place is opened, and a wrong name is refused there. */
export async function supportInClusters(modes: readonly Mode[], scenario: Scenario): Promise<readonly ModeSupport[]> {
  const { contexts } = requireSettings(scenario);
  if (contexts.length !== scenario.modes.length)
    throw new UsageError(
      `testbed cluster needs one context for each mode: there are ${contexts.length} contexts and ${scenario.modes.length} modes`,
      'give --context NAME for each (without --modes, each context is a mode of its own)',
    );
  for (const context of new Set(contexts)) {
    const kubeConfig = openContext(context);
    await requireServer(kubeConfig, context);
    await requireRights(kubeConfig, context);
  }
  return modes.map((mode) => (isFloor(mode) ? refuseNone(mode) : { mode, supported: true }));
}

function refuseNone(mode: Mode): ModeSupport {
  const message = "a cluster's nodes have their rules: there is no mode without";
  return {
    mode,
    supported: false,
    reason: { code: 'mode-not-in-cluster', message, remedy: 'take --testbed netns or kind' },
  };
}
