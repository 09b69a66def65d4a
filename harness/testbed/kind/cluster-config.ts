import { parse, stringify } from 'yaml';
import { kubeProxyMode } from '../../dataplane/kube-proxy/config.ts';
import type { Routing } from '../../model/mode.ts';

/**
 * kind's configuration of one mode's cluster: infra/kind/cluster.yaml with the mode, and the range of Services where one was given. Pure. kind itself sets some of kube-proxy's values by mode, so what really
 * runs is asked of kube-proxy and stored.
 */
export function makeClusterConfig(template: string, routing: Routing, serviceRange?: string): string {
  const base = parse(template) as { readonly networking?: object; readonly kubeadmConfigPatches?: readonly string[] };
  return stringify({
    ...base,
    networking: {
      ...base.networking,
      kubeProxyMode: kubeProxyMode(routing) ?? 'none',
      ...(serviceRange === undefined ? {} : { serviceSubnet: serviceRange }),
    },
    ...(routing.kind === 'ipvs'
      ? { kubeadmConfigPatches: [...(base.kubeadmConfigPatches ?? []), schedulerPatch(routing.scheduler)] }
      : {}),
  });
}

function schedulerPatch(scheduler: string): string {
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    ipvs: { scheduler },
  });
}
