import { behaviour } from './behaviour/behaviour.ts';
import { change } from './change/change.ts';
import type { Experiment } from './experiment.ts';
import { load } from './load/load.ts';
import { programming } from './programming/programming.ts';

/** All experiments, in the order in which those that are taken once are. */
export const EXPERIMENTS = { load, programming, behaviour, change } as const satisfies Record<string, Experiment>;
export type ExperimentId = keyof typeof EXPERIMENTS;
export const EXPERIMENT_IDS = Object.keys(EXPERIMENTS) as readonly ExperimentId[];
