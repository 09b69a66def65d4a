import type { V1EndpointSlice } from '@kubernetes/client-node';
import type { KubernetesObject } from './kubernetes-object.ts';

/** Fills in what the API server of Kubernetes fills in: kube-proxy passes over a port that has no name, be it the empty one. */
export function defaultSlice(object: KubernetesObject): KubernetesObject {
  const slice = object as V1EndpointSlice;
  if (slice.ports === undefined) return object;
  return { ...slice, ports: slice.ports.map((port) => ({ name: '', protocol: 'TCP', ...port })) } as KubernetesObject;
}
