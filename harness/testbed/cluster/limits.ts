import type { Reason } from '../../model/reason.ts';
import type { OpenCluster } from './place.ts';

/** What cannot be seen in this cluster. Pure. */
export function clusterLimits({ context, place }: OpenCluster): readonly Reason[] {
  const where = `context ${context}`;
  const clients = new Set(place.workspace.clients.map((pod) => pod.nodeName));
  const limits: Reason[] = [
    {
      code: 'no-wire',
      message: `${where}: handshakes are not captured on the wire, nor the kernel's tables read: both would take a privileged pod on its nodes`,
      remedy: 'take --testbed kind or netns for them',
    },
  ];
  if (clients.size > 1)
    limits.push({
      code: 'one-node-counted',
      message: `${where}: clients stand on ${clients.size} nodes; CPU and conntrack are those of ${place.workspace.clients[0]?.nodeName}`,
      remedy: 'the load on each is its share of the rate',
    });
  return limits;
}
