import { AuthorizationV1Api, type KubeConfig } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { askAgain } from '../kubernetes-shared/ask-again.ts';

/** What a run cannot do without; infra/kubernetes/rbac.yaml grants this, and a look at what else has addresses (nodes, ServiceCIDRs) and at kube-proxy's settings. */
const NEEDED_RIGHTS = [
  { group: '', resource: 'namespaces', verbs: ['create', 'list', 'delete'] },
  { group: '', resource: 'services', verbs: ['create', 'get', 'list', 'delete'] },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['create', 'list', 'delete'] },
  { group: '', resource: 'pods', verbs: ['create', 'list'] },
  { group: '', resource: 'pods', subresource: 'exec', verbs: ['create'] },
  { group: '', resource: 'configmaps', verbs: ['create'] },
  { group: 'batch', resource: 'jobs', verbs: ['create'] },
  { group: 'apps', resource: 'daemonsets', verbs: ['create'] },
] as const;

/** Asks the cluster, before anything is made, whether this user may do all of it. Rejects with EnvironmentError that names every lack. */
export async function requireRights(kubeConfig: KubeConfig, context: string): Promise<void> {
  const api = kubeConfig.makeApiClient(AuthorizationV1Api);
  const questions = NEEDED_RIGHTS.flatMap(({ verbs, ...rest }) => verbs.map((verb) => ({ ...rest, verb })));
  const answers = await Promise.all(
    questions.map(async (resourceAttributes) => {
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      };
      const { status } = await askAgain(() => api.createSelfSubjectAccessReview({ body }));
      return status?.allowed === true;
    }),
  );
  const lacking = questions.filter((_, index) => answers[index] !== true);
  if (lacking.length === 0) return;
  const names = lacking.map((one) => `${one.verb} ${one.resource}${'subresource' in one ? `/${one.subresource}` : ''}`);
  throw new EnvironmentError(
    `the user of context ${context} may not: ${names.join(', ')}`,
    'have an administrator apply infra/kubernetes/rbac.yaml and use its service account',
  );
}
