import { sideBySide } from '../kubernetes-shared/clusters.ts';
import { findConditions } from '../kubernetes-shared/conditions.ts';
import { KubernetesTestbed } from '../kubernetes-shared/kubernetes-testbed.ts';
import { makeOpening } from '../kubernetes-shared/opening.ts';
import type { Testbed, TestbedKind, TestbedOptions } from '../testbed.ts';
import { describeClusterEnvironment } from './environment.ts';
import { clusterLimits } from './limits.ts';
import { type OpenCluster, openCluster } from './place.ts';
import { describeProxy } from './proxy-conditions.ts';

/** Clusters that exist, by kubeconfig contexts, one for each mode. Nothing is changed in them that the run did not make. */
export const cluster: TestbedKind = {
  open: openClusters,
};

async function openClusters(options: TestbedOptions, signal: AbortSignal): Promise<Testbed> {
  await using stack = new AsyncDisposableStack();
  const opening = await makeOpening(options, { stack, signal });
  const { contexts } = opening.settings;
  const clusters: OpenCluster[] = [];
  for (const mode of options.modes) {
    // By the scenario's order: a mode that was refused keeps its context.
    const index = options.scenario.modes.findIndex((one) => one.id === mode.id);
    clusters.push(await openCluster(opening, { mode, index, context: contexts[index] ?? '' }));
  }
  return new KubernetesTestbed({
    name: 'cluster',
    options,
    environment: await describeClusterEnvironment(clusters),
    limits: clusters.flatMap(clusterLimits),
    conditions: clusters.flatMap(({ context, place, known }) => [
      ...describeProxy({ where: `context ${context}`, known, facts: place.facts }),
      ...findConditions([place], () => `context ${context}`),
    ]),
    labels: opening.labels,
    clusters: sideBySide(clusters.map(({ place }) => place)),
    stack: stack.move(),
    signal,
  });
}
