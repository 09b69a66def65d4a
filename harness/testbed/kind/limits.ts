import type { Reason } from '../../model/reason.ts';
import type { Scenario } from '../../model/scenario.ts';
import { asRoot } from '../../system/root-command.ts';
import type { ClusterPlace } from '../kubernetes-shared/place.ts';

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

/** What this user or this process cannot see of nodes that stand, said once. Pure. */
export function listSightLimits(places: readonly ClusterPlace[], scenario: Scenario): readonly Reason[] {
  const sights = places.map(({ eyes }) => eyes.sight ?? 'whole');
  const one = scenario.load.clients === 1 && scenario.measure.wire;
  if (sights.includes('no-processes'))
    return [
      {
        code: 'nodes-not-seen',
        message:
          "the nodes' processes are not among those that this program sees: CPU and memory by process, connections of the node and handshakes on the wire are not measured",
        remedy: "run it in the machine's own pid namespace (docker run --pid=host)",
      },
    ];
  if (!one || !sights.includes('no-pod')) return [];
  return [
    {
      code: 'no-wire',
      message: "this user may not enter the network of the client's pod: handshakes on the wire are not captured",
      remedy: asRoot(),
    },
  ];
}
