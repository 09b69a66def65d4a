import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { EnvironmentError } from '../../errors.ts';
import { askAgain } from '../kubernetes-shared/ask-again.ts';

/** A KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1) as somebody wrote it, with the fields that are read here. */
export interface ProxySettings {
  readonly mode?: unknown;
  readonly metricsBindAddress?: unknown;
  readonly [field: string]: unknown;
}

/** Where kubeadm and its like (kube-proxy) and EKS (kube-proxy-config) keep it, in kube-system. */
const CONFIG_MAPS = ['kube-proxy', 'kube-proxy-config'] as const;
const GROUP = 'kubeproxy.config.k8s.io';

/** kube-proxy's settings as its ConfigMap has them; `null` where there is none (k3s, GKE), or this user may not read it. */
export async function loadProxySettings(kubeConfig: KubeConfig): Promise<ProxySettings | null> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  for (const name of CONFIG_MAPS) {
    const map = await askAgain(() => api.readNamespacedConfigMap({ name, namespace: 'kube-system' })).catch((error) => {
      if (error instanceof EnvironmentError) throw error;
      return null;
    });
    const settings = parseProxySettings(map?.data ?? {});
    if (settings !== null) return settings;
  }
  return null;
}

/** The KubeProxyConfiguration among the files of a ConfigMap: "config.conf" with kubeadm, "config" with EKS. Pure. */
export function parseProxySettings(files: Readonly<Record<string, string>>): ProxySettings | null {
  return Object.values(files).flatMap(readDocuments).find(isProxySettings) ?? null;
}

/** A ConfigMap may hold anything beside the settings, such as a script: what is no YAML, or refers to what is not there, is passed over. */
function readDocuments(text: string): readonly unknown[] {
  return [...parseAllDocuments(text)].flatMap((document) => {
    try {
      return document.errors.length > 0 ? [] : [document.toJS() as unknown];
    } catch {
      return [];
    }
  });
}

function isProxySettings(value: unknown): value is ProxySettings {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'KubeProxyConfiguration' &&
    'apiVersion' in value &&
    String(value.apiVersion).startsWith(`${GROUP}/`)
  );
}

/** In the form of the page /configz, which has every field and these few. Pure. */
export function formatAsConfigz(settings: ProxySettings): string {
  return JSON.stringify({ [GROUP]: settings });
}

/** What /configz told, or what stands for it; `null` for what is none. Pure. */
export function readConfigz(effectiveConfig: string): ProxySettings | null {
  try {
    const value = (JSON.parse(effectiveConfig) as Readonly<Record<string, unknown>> | null)?.[GROUP];
    return typeof value === 'object' && value !== null ? (value as ProxySettings) : null;
  } catch {
    return null;
  }
}
