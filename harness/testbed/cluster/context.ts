import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { KubeConfig, VersionApi } from '@kubernetes/client-node';
import { EnvironmentError, UsageError } from '../../errors.ts';

/** KUBECONFIG or ~/.kube/config, as kubectl reads them. Its contents never reach a result or a log. */
export function openContext(name: string): KubeConfig {
  const kubeConfig = loadKubeConfig();
  const names = kubeConfig.getContexts().map((context) => context.name);
  if (!names.includes(name))
    throw new UsageError(
      `the kubeconfig has no context ${name}`,
      names.length === 0 ? 'point KUBECONFIG to one' : `there are: ${names.join(', ')}`,
    );
  kubeConfig.setCurrentContext(name);
  return kubeConfig;
}

function loadKubeConfig(): KubeConfig {
  const named = process.env.KUBECONFIG ?? '';
  // A list may name files that are not there, as with kubectl; the library wants each.
  const paths = named.split(delimiter).filter((path) => path !== '');
  const there = paths.filter((path) => existsSync(path));
  const [first] = paths;
  if (first !== undefined && there.length === 0)
    throw new UsageError(`the kubeconfig ${paths.join(', ')} is not there`, 'point KUBECONFIG to one that is');
  const kubeConfig = new KubeConfig();
  try {
    if (there.length < paths.length) loadFiles(kubeConfig, there);
    else kubeConfig.loadFromDefault();
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new UsageError(
      `the kubeconfig ${named || '~/.kube/config'} cannot be read: ${why}`,
      'try kubectl config view, or point KUBECONFIG to another file',
      { cause: error },
    );
  }
  return kubeConfig;
}

function loadFiles(kubeConfig: KubeConfig, paths: readonly string[]): void {
  for (const [index, path] of paths.entries()) {
    if (index === 0) kubeConfig.loadFromFile(path);
    else {
      const other = new KubeConfig();
      other.loadFromFile(path);
      kubeConfig.mergeConfig(other);
    }
  }
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
