import { parse, stringify } from 'yaml';
import { modeOf } from '../../mode/table.ts';
import type { Routing } from '../../model/mode.ts';

/**
 * kind's configuration of one mode's cluster: infra/kind/cluster.yaml with the mode, and the range of Services where one was given. Pure. kind itself sets some of kube-proxy's values by mode, so what really
 * runs is asked of kube-proxy and stored.
 */
export function makeClusterConfig(template: string, routing: Routing, serviceRange?: string): string {
  const base = parse(template) as { readonly networking?: object; readonly kubeadmConfigPatches?: readonly string[] };
  const { proxyWord, proxySettings } = modeOf({ routing });
  const settings = proxySettings(null);
  return stringify({
    ...base,
    networking: {
      ...base.networking,
      kubeProxyMode: proxyWord ?? 'none',
      ...(serviceRange === undefined ? {} : { serviceSubnet: serviceRange }),
    },
    ...(Object.keys(settings).length === 0
      ? {}
      : { kubeadmConfigPatches: [...(base.kubeadmConfigPatches ?? []), proxyPatch(settings)] }),
  });
}

function proxyPatch(settings: Readonly<Record<string, unknown>>): string {
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    ...settings,
  });
}
