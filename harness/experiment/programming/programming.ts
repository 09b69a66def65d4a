import { type Programming, programmingSchema } from '../../model/target.ts';
import type { Experiment } from '../experiment.ts';

/** How long the node took from kube-proxy's start (or the first write) until it had the whole table. */
export const programming: Experiment<Programming> = {
  taken: 'once',
  expand: () => ['cold-start'],
  data: programmingSchema,
};
