import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mode } from '../../model/mode.ts';
import { isAskable, isDead } from '../../system/owner.ts';
import type { Opening } from '../kubernetes-shared/opening.ts';
import { makeClusterConfig } from './cluster-config.ts';
import { type ClusterName, formatClusterName, keptDigest } from './cluster-name.ts';
import {
  createCluster,
  deleteCluster,
  type KindCluster,
  type KindProgram,
  listOwnClusters,
  openCluster,
} from './kind-cluster.ts';

const TEMPLATE = join(import.meta.dirname, '../../../infra/kind/cluster.yaml');

/** Clusters whose maker is dead: killed before it could delete them. Kept ones and those of others stay. */
export async function removeDeadClusters(program: KindProgram, { owner, options }: Opening): Promise<void> {
  for (const [name, parsed] of await listOwnClusters(program)) {
    if (parsed.kind !== 'owned') continue;
    if (!isAskable(parsed.owner, owner)) {
      const detail = `cluster ${name} stays: another machine may use it, or it is from before a restart; kind delete cluster --name ${name} removes it`;
      options.onProgress({ step: 'clean up', detail, modeId: null });
    }
    if (!(await isDead(parsed.owner, owner))) continue;
    options.onProgress({ step: 'clean up', detail: `cluster ${name} of a run that was killed`, modeId: null });
    await deleteCluster(program, name);
  }
}

/** The cluster of one mode: one that an earlier run kept, where it is the same configuration, or a new one. Deleted at the end unless it is to be kept. */
export async function makeOrReuseCluster(
  { program, opening }: { readonly program: KindProgram; readonly opening: Opening },
  { mode, index }: { readonly mode: Mode; readonly index: number },
): Promise<KindCluster> {
  const { options, settings, owner, stack, signal } = opening;
  const config = makeClusterConfig(await readFile(TEMPLATE, 'utf8'), mode.routing, options.scenario.ranges?.services);
  const digest = keptDigest(`${config}\n${options.scenario.proxy.serverProxy}`, settings.nodeImage);
  const kept: ClusterName = { kind: 'kept', digest, index };
  const there = (await listOwnClusters(program)).some(([name]) => name === formatClusterName(kept));
  const name: ClusterName = there || options.keep ? kept : { kind: 'owned', owner, index };
  if (!options.keep) stack.defer(() => deleteCluster(program, formatClusterName(name)));
  const said = there ? 'a kept one is used again' : (settings.nodeImage ?? "kind's own node image");
  options.onProgress({ step: 'cluster', detail: said, modeId: mode.id });
  if (there) return openCluster(program, formatClusterName(kept));
  return createCluster(program, {
    name,
    config,
    nodeImage: settings.nodeImage,
    directory: options.temporaryDirectory,
    logFile: join(options.logsDirectory, `kind-${mode.id.replaceAll(/[^\w.#-]/g, '_')}.log`),
    signal,
  });
}
