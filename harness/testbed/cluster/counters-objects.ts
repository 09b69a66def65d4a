import type { V1ConfigMap, V1DaemonSet } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import type { RunLabels } from '../kubernetes-shared/labels.ts';

/**
 * The DaemonSet of infra/kubernetes/counters.yaml for one run: its namespace, labels and image. Pure. It is on the clients' nodes alone where those were named.
 */
export function makeCounters(
  template: string,
  run: {
    readonly namespace: string;
    readonly labels: RunLabels;
    readonly image: string;
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly program: string;
  },
): { readonly config: V1ConfigMap; readonly daemonSet: V1DaemonSet } {
  const [document] = parseAllDocuments(template);
  const base = document?.toJS() as V1DaemonSet;
  const metadata = { name: 'counters', namespace: run.namespace, labels: { ...run.labels } };
  const pod = base.spec?.template;
  const [container] = pod?.spec?.containers ?? [];
  if (base.kind !== 'DaemonSet' || base.spec === undefined || pod?.spec === undefined || container === undefined)
    throw new Error('infra/kubernetes/counters.yaml is no DaemonSet');
  const spec = {
    ...pod.spec,
    containers: [{ ...container, image: run.image }],
    ...(Object.keys(run.nodeSelector).length === 0 ? {} : { nodeSelector: { ...run.nodeSelector } }),
  };
  return {
    config: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'counters.mjs': run.program } },
    daemonSet: {
      ...base,
      metadata,
      spec: {
        ...base.spec,
        template: { metadata: { labels: { ...run.labels, ...pod.metadata?.labels } }, spec },
      },
    },
  };
}
