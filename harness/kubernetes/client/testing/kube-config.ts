import { KubeConfig } from '@kubernetes/client-node';

/** How a client of this process reaches an API server that asks for no credentials, such as the embedded one. */
export function makeKubeConfig(url: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    // The client library speaks plain HTTP only to a server whose certificate nobody wants to see.
    clusters: [{ name: 'laboratory', server: url, skipTLSVerify: true }],
    users: [{ name: 'laboratory' }],
    contexts: [{ name: 'laboratory', cluster: 'laboratory', user: 'laboratory' }],
    currentContext: 'laboratory',
  });
  return kubeConfig;
}
