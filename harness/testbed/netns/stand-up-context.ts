import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import type { KernelUnits } from '../../measure/auxiliary-vector.ts';
import type { KubeProxyBinary } from '../../model/kube-proxy-binary.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { Exec } from '../../system/exec.ts';
import type { TestbedProgress } from '../testbed.ts';
import type { BackendAddress } from './addresses.ts';
import type { NodeTools } from './node.ts';

/** What the nodes of one size share while they are stood up. */
export interface StandUpContext {
  readonly exec: Exec;
  readonly scenario: Scenario;
  readonly table: ServiceTable;
  readonly backends: readonly BackendAddress[];
  readonly binaries: Readonly<Record<string, KubeProxyBinary>>;
  readonly xtables: Readonly<Record<'legacy' | 'nft', string | null>>;
  readonly temporaryDirectory: string;
  readonly logsDirectory: string;
  readonly units: KernelUnits;
  readonly tools: NodeTools;
  readonly signal: AbortSignal;
  readonly onProgress: TestbedProgress;
}
