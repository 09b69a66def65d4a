import { AppsV1Api, type KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { waitFor } from '../../system/wait.ts';
import { askAgain } from '../kubernetes-shared/ask-again.ts';
import { ROLE_LABEL } from '../kubernetes-shared/labels.ts';

const ROLLOUT_DEADLINE_MS = 120_000;

/**
 * Leaves kube-proxy on the nodes that are measured: the client's, and with `serverProxy` the servers'. As in the netns laboratory, and because all nodes share
 * this machine: three kube-proxies programming 10,000 Services at once would measure each other. What it wrote before (the API server's own Service) stays in the
 * other nodes' kernels, because kube-proxy does not clean up when it ends. Resolves when the new one has come up.
 */
export async function placeKubeProxy(
  kubeConfig: KubeConfig,
  options: { readonly serverProxy: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const api = kubeConfig.makeApiClient(AppsV1Api);
  const place = { name: 'kube-proxy', namespace: 'kube-system' };
  const roles = options.serverProxy ? ['client', 'server'] : ['client'];
  const expression = { key: ROLE_LABEL, operator: 'In', values: roles };
  const terms = [{ matchExpressions: [expression] }];
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  const body = { spec: { template: { spec: { affinity } } } };
  const asPatch = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
  await askAgain(() => api.patchNamespacedDaemonSet({ ...place, body }, asPatch), options.signal);
  await waitFor({
    look: async () => {
      const { metadata, status } = await askAgain(() => api.readNamespacedDaemonSet(place), options.signal);
      const seen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
      const ready = status?.updatedNumberScheduled === roles.length && status.numberAvailable === roles.length;
      if (seen && ready && status.desiredNumberScheduled === roles.length) return { holds: true, value: null };
      return { holds: false, why: `${status?.numberAvailable ?? 0} of ${roles.length} are available` };
    },
    deadlineMs: ROLLOUT_DEADLINE_MS,
    pauseMs: 500,
    onTimeout: (why) =>
      new EnvironmentError(
        `kube-proxy does not come up on the client's node: ${why}`,
        'does this Kubernetes version know the mode? (nftables came with 1.29; another --node-image has another version)',
      ),
    signal: options.signal,
  });
}
