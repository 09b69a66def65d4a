import { cluster } from './cluster/cluster.ts';
import { kind } from './kind/kind.ts';
import { netns } from './netns/netns.ts';
import type { TestbedKind } from './testbed.ts';
import { vm } from './vm/vm.ts';

/** Every kind of place that can be measured. A new one is a folder and a line here. */
export const KINDS: readonly TestbedKind[] = [netns, vm, kind, cluster];
