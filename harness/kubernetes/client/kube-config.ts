import { KubeConfig } from '@kubernetes/client-node';

/** How a client of this process reaches an API server that asks for no credentials, such as the embedded one. */
export function makeKubeConfig(url: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'laboratory', server: url }],
    users: [{ name: 'laboratory' }],
    contexts: [{ name: 'laboratory', cluster: 'laboratory', user: 'laboratory' }],
    currentContext: 'laboratory',
  });
  return kubeConfig;
}

/** The same as a kubeconfig file (JSON is YAML) for kube-proxy and kubectl. */
export function formatKubeConfig(url: string): string {
  return `${JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'laboratory', cluster: { server: url } }],
    users: [{ name: 'laboratory', user: {} }],
    contexts: [{ name: 'laboratory', context: { cluster: 'laboratory', user: 'laboratory' } }],
    'current-context': 'laboratory',
  })}\n`;
}
