import type { Scenario } from '../../model/scenario.ts';
import type { MeasuredNode } from '../../testbed/node.ts';

/** What a performer knows beside its node. */
interface PerformWorld {
  readonly scenario: Scenario;
  /** The CPU is emulated: what takes minutes there is left out. */
  readonly isSlow: boolean;
}

/** Asks a node one thing. Resolves with `null` where that cannot be asked of this mode, or here. */
export type PerformOnce<Data> = (node: MeasuredNode, spec: string, world: PerformWorld) => Promise<Data | null>;
