import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import type { TestbedName } from '../../model/scenario.ts';
import type { Block, MeasuredNode, Testbed, TestbedOptions } from '../testbed.ts';
import type { RunLabels } from './labels.ts';
import type { ClusterPlace } from './place.ts';
import { makeCalibrationNode, standUpInCluster } from './stand-up.ts';

export interface KubernetesTestbedParts {
  readonly name: Exclude<TestbedName, 'auto'>;
  readonly options: TestbedOptions;
  readonly environment: Environment;
  readonly limits: readonly Reason[];
  readonly labels: RunLabels;
  /** One for each mode. */
  readonly places: readonly ClusterPlace[];
  /** Undoes what was made. */
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

/** Clusters that stand side by side, one for each mode, whoever made them. */
export class KubernetesTestbed implements Testbed {
  readonly name: Exclude<TestbedName, 'auto'>;
  readonly environment: Environment;
  readonly limits: readonly Reason[];
  readonly calibration: MeasuredNode | null;
  readonly #parts: KubernetesTestbedParts;

  constructor(parts: KubernetesTestbedParts) {
    const [first] = parts.places;
    this.name = parts.name;
    this.environment = parts.environment;
    this.limits = parts.limits;
    this.calibration = first === undefined ? null : makeCalibrationNode(first, parts.signal);
    this.#parts = parts;
  }

  async standUp(sizeServices: number, signal: AbortSignal): Promise<Block> {
    const { options, labels, places } = this.#parts;
    const nodes: MeasuredNode[] = [];
    for (const place of places)
      nodes.push(
        await standUpInCluster(place, {
          scenario: options.scenario,
          sizeServices,
          labels,
          signal,
          onProgress: (step, detail) => options.onProgress({ step, detail, modeId: place.mode.id }),
        }),
      );
    // The clusters stay for the next size, which writes only what differs.
    return { sizeServices, nodes, failures: () => [], [Symbol.asyncDispose]: async () => undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.stack.disposeAsync();
  }
}
