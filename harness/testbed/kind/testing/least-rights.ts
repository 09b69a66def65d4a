import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MANIFEST = join(import.meta.dirname, '../../../../infra/kubernetes/rbac.yaml');
const NAMESPACE = 'service-routing-bench';

/** Applies infra/kubernetes/rbac.yaml in a kind cluster and writes a kubeconfig that has nothing but its service account: context `runner`. */
export async function writeLeastKubeconfig(cluster: string, directory: string): Promise<string> {
  const administrator = join(directory, 'administrator.kubeconfig');
  writeFileSync(administrator, run('kind', ['get', 'kubeconfig', '--name', cluster]), { mode: 0o600 });
  const kubectl = (words: readonly string[]) => run('kubectl', ['--kubeconfig', administrator, ...words]);
  kubectl(['apply', '-f', MANIFEST]);
  const view = (path: string) => kubectl(['config', 'view', '--raw', '--minify', '-o', `jsonpath={${path}}`]);
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'one',
        cluster: {
          server: view('.clusters[0].cluster.server'),
          'certificate-authority-data': view('.clusters[0].cluster.certificate-authority-data'),
        },
      },
    ],
    users: [{ name: 'runner', user: { token: await waitForToken(kubectl) } }],
    contexts: [{ name: 'runner', context: { cluster: 'one', user: 'runner' } }],
  };
  const path = join(directory, 'runner.kubeconfig');
  writeFileSync(path, JSON.stringify(kubeconfig), { mode: 0o600 });
  return path;
}

/** Before Kubernetes 1.24 a secret of the account has it, soon after the account was made; since then it is asked for. */
async function waitForToken(kubectl: (words: readonly string[]) => string): Promise<string> {
  const inNamespace = (...words: string[]) => kubectl(['-n', NAMESPACE, ...words]);
  for (let look = 0; look < 20; look += 1) {
    const [secret] = inNamespace('get', 'serviceaccount', 'runner', '-o', 'jsonpath={.secrets[*].name}').split(' ');
    if (secret !== undefined && secret !== '') {
      const token = inNamespace('get', 'secret', secret, '-o', 'jsonpath={.data.token}');
      return Buffer.from(token, 'base64').toString('utf8');
    }
    await sleep(250);
  }
  return inNamespace('create', 'token', 'runner').trim();
}

function run(file: string, words: readonly string[]): string {
  const { stdout, stderr, status, error } = spawnSync(file, words, { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${file} ${words.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
