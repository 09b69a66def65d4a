import type { Reason } from '../../model/reason.ts';
import type { Scenario } from '../../model/scenario.ts';

/** What kind cannot measure, or measures in its own way. Pure. */
export function kindLimits(scenario: Scenario): readonly Reason[] {
  const shared: Reason = {
    code: 'one-kernel',
    message:
      'kind nodes share one kernel: CPU by class is the whole machine with every node, control planes included; the groups "… (its container)" are what each node used by its cgroup, without soft interrupts',
    remedy: 'compare modes, not the absolute values; for a node alone take --testbed cluster on real nodes',
  };
  const several: Reason = {
    code: 'no-wire',
    message: 'handshakes on the wire are captured at one client pod only; with several there is no capture',
    remedy: 'measure with one client (--clients 1)',
  };
  const probes: Reason = {
    code: 'no-probes',
    message: 'rule walks and the latency of a change (S9, S14, K7) are measured in testbed netns only',
    remedy: 'take --testbed netns for them',
  };
  return [shared, ...(scenario.load.clients > 1 ? [several] : []), probes];
}
