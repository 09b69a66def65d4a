import type { Guest } from '../model/guest.ts';
import type { KubeProxyBinary } from '../model/kube-proxy-binary.ts';
import type { Mode } from '../model/mode.ts';
import type { Standing } from '../model/plan.ts';
import type { Reason } from '../model/reason.ts';
import type { Environment } from '../model/run.ts';
import type { Scenario, TestbedName } from '../model/scenario.ts';
import type { MeasuredNode } from './node.ts';

/** What the testbed tells while it works; progress renderers show it, nothing decides by it. */
export type TestbedProgress = (event: {
  readonly step: string;
  readonly detail: string;
  readonly modeId: string | null;
}) => void;

/** Code of a failure that the machine is to blame for, not the run: the kernel killed a process for memory. */
export const KILLED_FOR_MEMORY = 'killed-for-memory';

/** A place that can be measured, open. Disposing leaves nothing behind. */
export interface Testbed extends AsyncDisposable {
  readonly name: TestbedName;
  readonly environment: Environment;
  /** What this place cannot measure, with reason and remedy; shown in the report. */
  readonly limits: readonly Reason[];
  /** What goes on in this place beside the load, found before the first trial: told at once, and stored with the limits. */
  readonly conditions?: readonly Reason[];
  /** A place to measure the instrument itself, straight to the pods without any rule; `null` where there is none. */
  readonly calibration: MeasuredNode | null;
  /**
   * The node of a mode at a size: stood up now, unless it stands. What is at another size is taken down first, and so is the node of another mode where
   * modes stand one at a time. Who aborts `signal` before the node stands, ends its standing up.
   */
  node(sizeServices: number, modeId: string, signal: AbortSignal): Promise<MeasuredNode>;
  /** Processes of the laboratory (NGINX, kube-proxy) that ended by themselves; empty while all is well. */
  failures(): readonly Reason[];
}

export interface TestbedOptions {
  readonly scenario: Scenario;
  /** The modes that `support` allowed. */
  readonly modes: readonly Mode[];
  /** As `arrange` said. */
  readonly standing: Standing;
  /** By what the scenario calls them: version or path. */
  readonly kubeProxies: Readonly<Record<string, KubeProxyBinary>>;
  readonly logsDirectory: string;
  readonly temporaryDirectory: string;
  readonly keep: boolean;
  /** Testbed vm: the guest that this process is in. */
  readonly guest?: Guest | undefined;
  readonly onProgress: TestbedProgress;
}

/** Whether the modes' nodes can stand at once here; when they cannot, or shall not, `reason` says why. */
export interface Arrangement {
  readonly standing: Standing;
  readonly reason: Reason | null;
}

/** A kind of testbed, which opens one. Which places have it, and what runs there: launch/places.ts. */
export interface TestbedKind {
  open(options: TestbedOptions, signal: AbortSignal): Promise<Testbed>;
}
