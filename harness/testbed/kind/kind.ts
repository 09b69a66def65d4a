import { systemExec } from '../../system/exec.ts';
import { KubernetesTestbed } from '../kubernetes-shared/kubernetes-testbed.ts';
import { makeOpening } from '../kubernetes-shared/opening.ts';
import type { ClusterPlace } from '../kubernetes-shared/place.ts';
import type { Testbed, TestbedKind, TestbedOptions } from '../testbed.ts';
import { findEngine } from './engine.ts';
import { describeKindEnvironment } from './environment.ts';
import { kindLimits } from './limits.ts';
import { removeDeadClusters } from './mode-cluster.ts';
import { openKindPlace } from './place.ts';
import { supportOnKind } from './support.ts';

/** One kind cluster for each mode, made and removed by the harness. Runs in the program's own process: the engine is the machine's. */
export const kind: TestbedKind = {
  name: 'kind',
  ownKubeProxy: true,
  support: supportOnKind,
  open: openKind,
};

async function openKind(options: TestbedOptions, signal: AbortSignal): Promise<Testbed> {
  await using stack = new AsyncDisposableStack();
  const engine = await findEngine(systemExec);
  const program = { exec: systemExec, engine };
  const opening = await makeOpening(options, { stack, signal });
  await removeDeadClusters(program, opening);
  const places: ClusterPlace[] = [];
  // One after the other: on a small machine two creations at once take as long, and fail more often.
  for (const [index, mode] of options.modes.entries())
    places.push(await openKindPlace({ program, opening }, { mode, index }));
  return new KubernetesTestbed({
    name: 'kind',
    options,
    environment: await describeKindEnvironment(engine, places),
    limits: kindLimits(options.scenario),
    labels: opening.labels,
    places,
    stack: stack.move(),
    signal,
  });
}
