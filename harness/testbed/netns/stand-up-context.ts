import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import type { KernelUnits } from '../../measure/auxiliary-vector.ts';
import type { KubeProxyBinary } from '../../model/kube-proxy-binary.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { Exec } from '../../system/exec.ts';
import type { TestbedProgress } from '../testbed.ts';
import type { BackendAddress } from './addresses.ts';

/** What the nodes of one size share while they are stood up. */
export interface StandUpContext {
  readonly exec: Exec;
  /** How much longer than on bare metal anything takes here (model/slowness.ts). */
  readonly slowness: number;
  readonly scenario: Scenario;
  readonly table: ServiceTable;
  readonly backends: readonly BackendAddress[];
  readonly binaries: Readonly<Record<string, KubeProxyBinary>>;
  readonly xtables: Readonly<Record<'legacy' | 'nft', string | null>>;
  readonly temporaryDirectory: string;
  readonly logsDirectory: string;
  readonly units: KernelUnits;
  readonly nginxPids: readonly number[];
  /** Of this standing up alone: it means nothing once the node stands. */
  readonly signal: AbortSignal;
  /** Of the whole run. */
  readonly runSignal: AbortSignal;
  readonly onProgress: TestbedProgress;
}
