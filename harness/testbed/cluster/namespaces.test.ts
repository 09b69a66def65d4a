import { CoreV1Api } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { FaultPlan } from '../../kubernetes/apiserver/testing/fault.ts';
import { startFullApiServer } from '../../kubernetes/apiserver/testing/full-server.ts';
import { makeKubeConfig } from '../../kubernetes/client/testing/kube-config.ts';
import { formatOwner, loadOwner, type Owner } from '../../system/owner.ts';
import { askAgain } from '../kubernetes-shared/ask-again.ts';
import { makeRunLabels } from '../kubernetes-shared/labels.ts';
import type { Opening } from '../kubernetes-shared/opening.ts';
import { removeDeadNamespaces, removeNamespaces } from './namespaces.ts';

const self = await loadOwner();
/** Its number belongs to another process now: dead for sure. */
const dead: Owner = { ...self, startTicks: self.startTicks + 1 };

async function startCluster(faults: FaultPlan = () => null) {
  const server = await startFullApiServer({ host: '127.0.0.1', port: 0, faults });
  const kubeConfig = makeKubeConfig(server.url);
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const make = (name: string, labels: Readonly<Record<string, string>>) =>
    api.createNamespace({ body: { metadata: { name, labels: { ...labels } } } });
  const names = async () =>
    (await askAgain(() => api.listNamespace())).items
      .flatMap(({ metadata }) => metadata?.name ?? [])
      .filter((name) => /^bench|^their/.test(name));
  return { kubeConfig, make, names, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('namespaces of a run', () => {
  it('go with it, also through an overloaded server; those of the other mode, of another run and of other people stay', async () => {
    let requests = 0;
    await using cluster = await startCluster(({ verb }) => {
      if (verb !== 'delete' && verb !== 'list') return null;
      requests += 1;
      return requests % 3 === 1 ? { kind: 'status', code: 429 } : null;
    });
    const labels = makeRunLabels(self, 'machine');
    for (const name of ['bench-x-0-pods', 'bench-x-0-1', 'bench-x-1-pods']) await cluster.make(name, labels);
    await cluster.make('bench-x-0-2', makeRunLabels(dead, 'machine'));
    await cluster.make('theirs', {});
    await removeNamespaces(cluster.kubeConfig, { prefix: 'bench-x-0', labels, signal: new AbortController().signal });
    expect((await cluster.names()).sort()).toEqual(['bench-x-0-2', 'bench-x-1-pods', 'theirs']);
  });

  it('of a killed run of this machine go at the next start; those of living runs and of other machines stay', async () => {
    await using cluster = await startCluster();
    await cluster.make('bench-dead', makeRunLabels(dead, 'machine'));
    await cluster.make('bench-elsewhere', makeRunLabels(dead, 'another'));
    await cluster.make(`bench-${formatOwner(self)}`, makeRunLabels(self, 'machine'));
    const told: string[] = [];
    const opening = {
      machine: 'machine',
      owner: self,
      options: { onProgress: ({ detail }: { detail: string }) => told.push(detail) },
    } as unknown as Opening;
    await removeDeadNamespaces(opening, cluster.kubeConfig);
    expect((await cluster.names()).sort()).toEqual([`bench-${formatOwner(self)}`, 'bench-elsewhere'].sort());
    expect(told).toEqual(['namespace bench-dead of a run that was killed']);
  });
});
