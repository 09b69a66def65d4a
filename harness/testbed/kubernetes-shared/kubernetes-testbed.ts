import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import type { TestbedName } from '../../model/scenario.ts';
import { describeTargetEndpoints } from '../target-endpoints.ts';
import type { Block, MeasuredNode, Testbed, TestbedOptions } from '../testbed.ts';
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

  constructor(parts: KubernetesTestbedParts) {
    this.name = parts.name;
    this.environment = parts.environment;
    this.limits = parts.limits;
    const { length: pods } = parts.clusters.first.workspace.backends;
    this.conditions = [...describeTargetEndpoints(parts.options.scenario, pods), ...parts.conditions];
    this.calibration = makeCalibrationNode(parts.clusters.first, parts.signal);
    this.#parts = parts;
  }

  async standUp(sizeServices: number, signal: AbortSignal): Promise<Block> {
    const { clusters } = this.#parts;
    const nodes: MeasuredNode[] = [];
    for (const place of clusters.lasting) nodes.push(await this.#standUpIn(place, { sizeServices, signal }));
    return {
      sizeServices,
      nodes,
      ...(clusters.take === undefined
        ? {}
        : { take: this.#makeTake(clusters.take.bind(clusters), { sizeServices, signal }) }),
      failures: () => [],
      // The clusters stay for the next size, which writes only what differs.
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  /** A cluster that is taken again is another place, and brought to the size anew. */
  #makeTake(
    takeCluster: (modeId: string) => Promise<ClusterPlace>,
    size: { readonly sizeServices: number; readonly signal: AbortSignal },
  ): (modeId: string) => Promise<MeasuredNode> {
    const stood = new WeakMap<ClusterPlace, MeasuredNode>();
    return async (modeId) => {
      const place = await takeCluster(modeId);
      const node = stood.get(place) ?? (await this.#standUpIn(place, size));
      stood.set(place, node);
      return node;
    };
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
