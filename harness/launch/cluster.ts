import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { DoctorLine } from '../model/diagnosis.ts';
import type { Reason } from '../model/reason.ts';
import { findHome } from '../system/home.ts';
import { doctorLine } from './doctor-line.ts';
import { runHere } from './here.ts';
import { type DoctorWorld, type Place, sideBySide, withoutGuest } from './place.ts';

/** Clusters that exist, reached from here by kubeconfig contexts. */
export const cluster: Place = {
  name: 'cluster',
  needs: [],
  bringsKubeProxy: true,
  isHere: false,
  loadTestbed: async () => (await import('../testbed/cluster/cluster.ts')).cluster,
  support: async (modes, { scenario }) =>
    (await import('../testbed/cluster/support.ts')).supportInClusters(modes, scenario),
  arrange: sideBySide,
  makeGuest: withoutGuest,
  diagnose,
  launch: ({ request, world }) => runHere(request, cluster, world),
};

async function diagnose({ env }: DoctorWorld): Promise<DoctorLine> {
  const files = env.KUBECONFIG?.split(':').filter(Boolean) ?? [join(findHome(env) ?? '/', '.kube', 'config')];
  return doctorLine('cluster', `contexts of ${files.join(', ')}`, [await kubeconfigLack(files)]);
}

async function kubeconfigLack(files: readonly string[]): Promise<Reason | null> {
  const there = files.filter((file) => existsSync(file));
  const remedy = 'export KUBECONFIG=…';
  if (there.length === 0) return { code: 'no-kubeconfig', message: `no kubeconfig at ${files.join(', ')}`, remedy };
  // The client for clusters is loaded where somebody has one.
  const { listContexts } = await import('../testbed/cluster/context.ts');
  try {
    if (listContexts(there).length > 0) return null;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { code: 'kubeconfig-unreadable', message: error.message, remedy: error.remedy };
  }
  return { code: 'no-context', message: `no context in ${there.join(', ')}`, remedy };
}
