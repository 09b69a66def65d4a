import type { z } from 'zod';
import type { Scenario } from '../model/scenario.ts';

/**
 * What can be asked of a node, described: which questions a scenario asks, and what an answer looks like. run/perform/ has the other half, which asks, under the same key, so that
 * whoever reads a stored run never loads a laboratory.
 */
export interface Experiment<Data = unknown> {
  /** In every round once per mode, in the order drawn from the seed; or once on every node that stands, before the first round. */
  readonly taken: 'in-rounds' | 'once';
  /** The questions that a scenario asks at a size, by name: with the mode and the size each is a cell of the findings. */
  expand(scenario: Scenario, sizeServices: number): readonly string[];
  /** An answer, as it is on disk. */
  readonly data: z.ZodType<Data>;
}
