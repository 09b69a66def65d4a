import { stringify } from 'yaml';
import type { Routing } from '../../model/mode.ts';

export interface KubeProxySettings {
  readonly routing: Routing;
  /** As the binary reports itself: "1.36.3". */
  readonly version: string;
  readonly nodeName: string;
  readonly kubeconfigPath: string;
  readonly podRange: string;
  /** How much longer than on bare metal anything takes here (system/patience.ts); 1 unless the CPU is emulated. */
  readonly slowness?: number;
}

/** kube-proxy's own default of ipvs.syncPeriod: the one mode that goes over all its rules again and again, changed or not. */
export const IPVS_SYNC_PERIOD_S = 30;

export const METRICS_PORT = 10249;
export const HEALTH_PORT = 10256;

/** The mode word that kube-proxy knows; `null` for routings that no kube-proxy makes. */
export function kubeProxyMode(routing: Routing): 'iptables' | 'ipvs' | 'nftables' | 'userspace' | null {
  return routing.kind === 'none' || routing.kind === 'as-found' ? null : routing.kind;
}

/**
 * KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1). Everything that shapes the rules or their timing is left at kube-proxy's own
 * default, so that the modes differ in the mode; conntrack values are 0, which keeps kube-proxy off host-wide sysctls. One exception: where everything takes longer, so does the period
 * of ipvs mode's passes, which would otherwise run into each other and take the CPU from every mode beside it.
 */
export function kubeProxyConfig(settings: KubeProxySettings): string {
  const { routing } = settings;
  const mode = kubeProxyMode(routing);
  if (mode === null) throw new Error(`no kube-proxy makes ${routing.kind}`);
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode,
    hostnameOverride: settings.nodeName,
    clusterCIDR: settings.podRange,
    clientConnection: { kubeconfig: settings.kubeconfigPath, contentType: 'application/json' },
    bindAddress: '0.0.0.0',
    metricsBindAddress: `0.0.0.0:${METRICS_PORT}`,
    healthzBindAddress: `0.0.0.0:${HEALTH_PORT}`,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    ...(routing.kind === 'ipvs' ? { ipvs: { scheduler: routing.scheduler, ...ipvsPeriod(settings) } } : {}),
    ...featureGates(routing, settings.version),
  });
}

function ipvsPeriod({ slowness = 1 }: KubeProxySettings): { syncPeriod?: string } {
  return slowness === 1 ? {} : { syncPeriod: `${Math.round(IPVS_SYNC_PERIOD_S * slowness)}s` };
}

/**
 * KEP-5495: from 1.37 ipvs stands behind the gate KubeProxyIPVS. KEP-3866: nftables was alpha in 1.29 and 1.30. userspace mode reads Endpoints alone, and kube-proxy 1.19 to 1.21 hands it
 * EndpointSlices unless the gate is shut (cmd/kube-proxy/app/server_others.go, 1.20): it then waits for endpoints for ever.
 */
function featureGates(routing: Routing, version: string): { featureGates?: Record<string, boolean> } {
  const minor = minorVersion(version);
  if (routing.kind === 'ipvs' && minor >= 37) return { featureGates: { KubeProxyIPVS: true } };
  if (routing.kind === 'nftables' && minor >= 29 && minor <= 30) return { featureGates: { NFTablesProxyMode: true } };
  if (routing.kind === 'userspace' && minor >= 19 && minor <= 21)
    return { featureGates: { EndpointSliceProxying: false } };
  return {};
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
