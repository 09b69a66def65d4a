import type { ExperimentId } from '../../experiment/table.ts';
import { performBehaviour } from './behaviour.ts';
import { performChange } from './change.ts';
import type { PerformOnce } from './perform.ts';
import { performProgramming } from './programming.ts';

/** How each experiment that is taken once on a node is carried out. */
export const PERFORM_ONCE = {
  programming: performProgramming,
  behaviour: performBehaviour,
  change: performChange,
} as const satisfies Record<Exclude<ExperimentId, 'load'>, PerformOnce<unknown>>;
