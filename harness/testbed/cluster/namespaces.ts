import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { InvalidRunError } from '../../errors.ts';
import { classifyApiFailure } from '../../kubernetes/client/retry.ts';
import { isAskable, isDead, parseOwner } from '../../system/owner.ts';
import { waitFor } from '../../system/wait.ts';
import { askAgain } from '../kubernetes-shared/ask-again.ts';
import { MACHINE_LABEL, OWNER_LABEL, type RunLabels } from '../kubernetes-shared/labels.ts';
import type { Opening } from '../kubernetes-shared/opening.ts';

const GONE_DEADLINE_MS = 5 * 60_000;

/** Namespaces of runs of this machine that were killed. Those of other machines and of living runs stay. */
export async function removeDeadNamespaces(
  { machine, owner, options }: Opening,
  kubeConfig: KubeConfig,
): Promise<void> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const { items } = await askAgain(() => api.listNamespace({ labelSelector: `${MACHINE_LABEL}=${machine}` }));
  for (const { metadata } of items) {
    const maker = parseOwner(metadata?.labels?.[OWNER_LABEL] ?? '');
    if (metadata?.name === undefined || metadata.deletionTimestamp !== undefined) continue;
    if (maker === null) continue;
    if (!isAskable(maker, owner)) {
      const detail = `namespace ${metadata.name} stays: another machine may use it, or it is from before a restart; kubectl delete namespace ${metadata.name} removes it`;
      options.onProgress({ step: 'clean up', detail, modeId: null });
    }
    if (!(await isDead(maker, owner))) continue;
    options.onProgress({
      step: 'clean up',
      detail: `namespace ${metadata.name} of a run that was killed`,
      modeId: null,
    });
    await deleteNamespace(api, metadata.name);
  }
}

/** Gone already is as good. */
async function deleteNamespace(api: CoreV1Api, name: string): Promise<void> {
  await askAgain(() => api.deleteNamespace({ name })).catch((error) => {
    if (classifyApiFailure(error).kind !== 'not-found') throw error;
  });
}

/** Deletes what one mode of this run made and waits until it is gone. */
export async function removeNamespaces(
  kubeConfig: KubeConfig,
  run: { readonly prefix: string; readonly labels: RunLabels; readonly signal: AbortSignal },
): Promise<void> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const labelSelector = `${OWNER_LABEL}=${run.labels[OWNER_LABEL]}`;
  const list = async () =>
    (await askAgain(() => api.listNamespace({ labelSelector }))).items
      .flatMap(({ metadata }) => metadata?.name ?? [])
      .filter((name) => name.startsWith(`${run.prefix}-`));
  for (const name of await list()) await deleteNamespace(api, name);
  // Whoever pressed Ctrl-C does not want to watch the cluster delete: what is ordered happens without us.
  if (run.signal.aborted) return;
  await waitFor({
    look: async () => {
      const left = await list();
      return left.length === 0 ? { holds: true, value: null } : { holds: false, why: `${left.length} are left` };
    },
    deadlineMs: GONE_DEADLINE_MS,
    pauseMs: 1000,
    onTimeout: (why) =>
      new InvalidRunError(
        `the cluster is still deleting the run's namespaces: ${why}`,
        `kubectl get namespaces -l ${labelSelector}`,
      ),
  });
}
