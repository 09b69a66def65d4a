import { UsageError } from '../../errors.ts';
import { systemExec } from '../../system/exec.ts';
import { type Clusters, sideBySide } from '../kubernetes-shared/clusters.ts';
import { findConditions } from '../kubernetes-shared/conditions.ts';
import { KubernetesTestbed } from '../kubernetes-shared/kubernetes-testbed.ts';
import { makeOpening } from '../kubernetes-shared/opening.ts';
import type { ClusterPlace } from '../kubernetes-shared/place.ts';
import type { Testbed, TestbedKind, TestbedOptions } from '../testbed.ts';
import { findEngine } from './engine.ts';
import { describeKindEnvironment } from './environment.ts';
import { kindLimits, listSightLimits } from './limits.ts';
import { removeDeadClusters } from './mode-cluster.ts';
import { OneClusterAtATime } from './one-at-a-time.ts';
import { type KindOpening, openKindPlace } from './place.ts';

/** One kind cluster for each mode, all at once or one at a time, made and removed by the harness. Runs in the program's own process: the engine is the machine's. */
export const kind: TestbedKind = {
  open: openKind,
};

async function openKind(options: TestbedOptions, signal: AbortSignal): Promise<Testbed> {
  await using stack = new AsyncDisposableStack();
  const engine = await findEngine(systemExec);
  const program = { exec: systemExec, engine };
  const opening = await makeOpening(options, { stack, signal });
  await removeDeadClusters(program, opening);
  const clusters = await openClusters({ program, opening });
  const places = clusters.opened;
  return new KubernetesTestbed({
    name: 'kind',
    options,
    environment: await describeKindEnvironment(engine, places),
    limits: [...kindLimits(options.scenario), ...listSightLimits(places, options.scenario)],
    conditions: findConditions(places, ({ mode }) => `the cluster of ${mode.id}`),
    labels: opening.labels,
    clusters,
    stack: stack.move(),
    signal,
  });
}

async function openClusters(kind: KindOpening): Promise<Clusters> {
  const { options, stack } = kind.opening;
  if (options.standing === 'one-at-a-time') {
    if (options.keep)
      throw new UsageError(
        '--keep keeps clusters that stand side by side, and here they stand one at a time',
        'leave --keep out, or make room and take --clusters side-by-side',
      );
    return stack.use(await OneClusterAtATime.open(kind, options.modes));
  }
  const places: ClusterPlace[] = [];
  // One after the other: on a small machine two creations at once take as long, and fail more often.
  for (const [index, mode] of options.modes.entries()) places.push(await openKindPlace(kind, { mode, index }));
  return sideBySide(places);
}
