import type { TestbedKind } from '../testbed/testbed.ts';

type KindName = TestbedKind['name'];

/**
 * Every kind of place that can be measured; a new one is a folder and a line here. Each is loaded when it is asked for: the client library of clusters is 1,200 files, half of all that the
 * laboratory would load at its start, and in an emulated guest ten seconds.
 */
const LOADERS: Readonly<Record<KindName, () => Promise<TestbedKind>>> = {
  netns: async () => (await import('../testbed/netns/netns.ts')).netns,
  vm: async () => (await import('./guest/vm.ts')).vm,
  kind: async () => (await import('../testbed/kind/kind.ts')).kind,
  cluster: async () => (await import('../testbed/cluster/cluster.ts')).cluster,
};

export function loadKind(name: KindName): Promise<TestbedKind> {
  return LOADERS[name]();
}
