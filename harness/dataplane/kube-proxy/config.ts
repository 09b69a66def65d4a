import { stringify } from 'yaml';
import { modeOf } from '../../mode/table.ts';
import type { Routing } from '../../model/mode.ts';

export interface KubeProxySettings {
  readonly routing: Routing;
  /** As the binary reports itself: "1.36.3". */
  readonly version: string;
  readonly nodeName: string;
  readonly kubeconfigPath: string;
  readonly podRange: string;
  /** How much longer than on bare metal anything takes here (model/slowness.ts); 1 unless the CPU is emulated. */
  readonly slowness: number;
}

export const METRICS_PORT = 10249;
const HEALTH_PORT = 10256;

/**
 * KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1). Everything that shapes the rules or their timing is left at kube-proxy's own
 * default, so that the modes differ in the mode; conntrack values are 0, which keeps kube-proxy off host-wide sysctls. One exception: where everything takes longer, so does the period
 * of a mode's passes over all its rules, which would otherwise run into each other and take the CPU from every mode beside it.
 */
export function kubeProxyConfig(settings: KubeProxySettings): string {
  const { slowness } = settings;
  const mode = modeOf(settings);
  if (mode.proxyWord === null) throw new Error(`no kube-proxy makes ${mode.name}`);
  const periodS = slowness === 1 || mode.syncPeriodS === null ? null : Math.round(mode.syncPeriodS * slowness);
  const featureGates = mode.featureGates(minorVersion(settings.version));
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: mode.proxyWord,
    hostnameOverride: settings.nodeName,
    clusterCIDR: settings.podRange,
    clientConnection: { kubeconfig: settings.kubeconfigPath, contentType: 'application/json' },
    bindAddress: '0.0.0.0',
    metricsBindAddress: `0.0.0.0:${METRICS_PORT}`,
    healthzBindAddress: `0.0.0.0:${HEALTH_PORT}`,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    ...mode.proxySettings(periodS),
    ...(Object.keys(featureGates).length === 0 ? {} : { featureGates }),
  });
}

/** "1.36.3" → 36. Throws on anything else. */
export function minorVersion(version: string): number {
  const match = /^v?1\.(\d+)/.exec(version);
  if (match?.[1] === undefined) throw new Error(`not a Kubernetes version: ${version}`);
  return Number(match[1]);
}

/** A kubeconfig for a plain-HTTP API server; there is nothing secret in it. */
export function kubeconfig(serverUrl: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'laboratory', cluster: { server: serverUrl } }],
    users: [{ name: 'laboratory', user: {} }],
    contexts: [{ name: 'laboratory', context: { cluster: 'laboratory', user: 'laboratory' } }],
    'current-context': 'laboratory',
  });
}
