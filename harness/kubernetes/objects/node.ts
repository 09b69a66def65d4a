import type { V1Node } from '@kubernetes/client-node';
import { MANAGED_BY, MANAGED_BY_LABEL } from './labels.ts';

/** A Node as kube-proxy wants to find its own: an internal address, a pod range, the hostname label, ready. */
export function makeNode(options: {
  readonly name: string;
  readonly address: string;
  readonly podCidr: string;
}): V1Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: options.name,
      labels: {
        'kubernetes.io/hostname': options.name,
        'kubernetes.io/os': 'linux',
        [MANAGED_BY_LABEL]: MANAGED_BY,
      },
    },
    spec: { podCIDR: options.podCidr, podCIDRs: [options.podCidr] },
    status: {
      addresses: [
        { type: 'InternalIP', address: options.address },
        { type: 'Hostname', address: options.name },
      ],
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    },
  };
}
