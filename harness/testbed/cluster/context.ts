import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { ApiException, KubeConfig, VersionApi } from '@kubernetes/client-node';
import { EnvironmentError, UsageError } from '../../errors.ts';
import { classifyApiFailure } from '../../kubernetes/client/retry.ts';
import { withoutSecrets } from '../../system/secrets.ts';
import { formatCommand } from '../../system/shell-words.ts';

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
  if (kubeConfig.getCurrentCluster() === null)
    throw new UsageError(
      `context ${name} of the kubeconfig names the cluster ${kubeConfig.getContextObject(name)?.cluster}, which is not in it`,
      'try kubectl config view, or point KUBECONFIG to all of its files',
    );
  // As with kubectl (`kubectl proxy`): there is no certificate to look at, and the library wants to be told.
  kubeConfig.clusters = kubeConfig.clusters.map((one) =>
    one.server.startsWith('http://') ? { ...one, skipTLSVerify: true } : one,
  );
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
  return readKubeConfig(named || '~/.kube/config', (kubeConfig) => {
    if (there.length < paths.length) loadFiles(kubeConfig, there);
    else kubeConfig.loadFromDefault();
  });
}

/** The contexts of these files, which are there. Throws a UsageError that says what is wrong with one. */
export function listContexts(paths: readonly string[]): readonly string[] {
  const kubeConfig = readKubeConfig(paths.join(delimiter), (empty) => loadFiles(empty, paths));
  return kubeConfig.getContexts().map(({ name }) => name);
}

function readKubeConfig(name: string, load: (kubeConfig: KubeConfig) => void): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    load(kubeConfig);
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new UsageError(
      `the kubeconfig ${name} cannot be read: ${why}`,
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

/** The version of the API server. Rejects with EnvironmentError when it cannot be asked, refuses, or is something else. */
export async function requireServer(kubeConfig: KubeConfig, context: string): Promise<string> {
  const { gitVersion } = await kubeConfig
    .makeApiClient(VersionApi)
    .getCode()
    .catch((error: unknown) => {
      throw noServer(context, describeFailure(error), error);
    });
  // A sign-in page in front of it answers everything, and with 200.
  if (typeof gitVersion === 'string') return gitVersion;
  throw noServer(
    context,
    'answers /version with something that is no version: is there a sign-in page in front of it?',
  );
}

function noServer(context: string, why: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError(
    withoutSecrets(`the API server of context ${context} ${why}`),
    `try ${formatCommand(['kubectl', '--context', context, 'version'])}`,
    { cause },
  );
}

function describeFailure(error: unknown): string {
  if (error instanceof ApiException) {
    // The library keeps no words of a 401.
    const isRefused = error.code === 401 || error.code === 403;
    return isRefused
      ? `does not take the credentials of the kubeconfig (HTTP ${error.code})`
      : `answers ${classifyApiFailure(error).message}`;
  }
  if (!(error instanceof Error)) return `does not answer: ${error}`;
  // What happened to a connection is in the cause; a login program or a certificate that is not there comes before any connection.
  if (error.cause instanceof Error) return `does not answer: ${error.cause.message}`;
  return `cannot be asked: ${error.message.trim()}`;
}
