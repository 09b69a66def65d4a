import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import type { TestbedName } from '../../model/scenario.ts';
import type { MeasuredNode } from '../node.ts';
import { describeTargetEndpoints } from '../target-endpoints.ts';
import type { Testbed, TestbedOptions } from '../testbed.ts';
import type { Clusters } from './clusters.ts';
import type { RunLabels } from './labels.ts';
import type { ClusterPlace } from './place.ts';
import { makeCalibrationNode, standUpInCluster } from './stand-up.ts';

export interface KubernetesTestbedParts {
  readonly name: Exclude<TestbedName, 'auto'>;
  readonly options: TestbedOptions;
  readonly environment: Environment;
  readonly limits: readonly Reason[];
  readonly conditions: readonly Reason[];
  readonly labels: RunLabels;
  readonly clusters: Clusters;
  /** Undoes what was made. */
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

/** One cluster for each mode, whoever made them. */
export class KubernetesTestbed implements Testbed {
  readonly name: Exclude<TestbedName, 'auto'>;
  readonly environment: Environment;
  readonly limits: readonly Reason[];
  readonly conditions: readonly Reason[];
  readonly calibration: MeasuredNode;
  readonly #parts: KubernetesTestbedParts;
  /** A cluster that is made again is another place, and brought to the size anew. */
  readonly #stands = new WeakMap<ClusterPlace, { readonly sizeServices: number; readonly node: MeasuredNode }>();

  constructor(parts: KubernetesTestbedParts) {
    this.name = parts.name;
    this.environment = parts.environment;
    this.limits = parts.limits;
    const { length: pods } = parts.clusters.first.workspace.backends;
    this.conditions = [...describeTargetEndpoints(parts.options.scenario, pods), ...parts.conditions];
    this.calibration = makeCalibrationNode(parts.clusters.first, parts.signal);
    this.#parts = parts;
  }

  /** A cluster stays for the next size, which writes only what differs. */
  async node(sizeServices: number, modeId: string, signal: AbortSignal): Promise<MeasuredNode> {
    signal.throwIfAborted();
    const place = await this.#parts.clusters.place(modeId);
    const stands = this.#stands.get(place);
    if (stands?.sizeServices === sizeServices) return stands.node;
    const node = await this.#standUpIn(place, { sizeServices, signal });
    this.#stands.set(place, { sizeServices, node });
    return node;
  }

  failures(): readonly Reason[] {
    return [];
  }

  #standUpIn(
    place: ClusterPlace,
    size: { readonly sizeServices: number; readonly signal: AbortSignal },
  ): Promise<MeasuredNode> {
    const { options, labels } = this.#parts;
    return standUpInCluster(place, {
      scenario: options.scenario,
      labels,
      ...size,
      onProgress: (step, detail) => options.onProgress({ step, detail, modeId: place.mode.id }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.stack.disposeAsync();
  }
}
