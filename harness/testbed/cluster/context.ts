import { KubeConfig, VersionApi } from '@kubernetes/client-node';
import { EnvironmentError, UsageError } from '../../errors.ts';

/** KUBECONFIG or ~/.kube/config, as kubectl reads them. Its contents never reach a result or a log. */
export function openContext(name: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const names = kubeConfig.getContexts().map((context) => context.name);
  if (!names.includes(name))
    throw new UsageError(
      `the kubeconfig has no context ${name}`,
      names.length === 0 ? 'point KUBECONFIG to one' : `there are: ${names.join(', ')}`,
    );
  kubeConfig.setCurrentContext(name);
  return kubeConfig;
}

/** The version of the API server. Rejects with EnvironmentError when it does not answer. */
export async function requireServer(kubeConfig: KubeConfig, context: string): Promise<string> {
  try {
    return (await kubeConfig.makeApiClient(VersionApi).getCode()).gitVersion;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new EnvironmentError(
      `the API server of context ${context} does not answer${cause}`,
      `try kubectl --context ${context} version`,
      { cause: error },
    );
  }
}
