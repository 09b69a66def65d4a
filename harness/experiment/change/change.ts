import { type ChangeLatency, changeLatencySchema } from '../../model/target.ts';
import type { Experiment } from '../experiment.ts';

/** How long one change of one Service takes to reach the packets (K7). */
export const change: Experiment<ChangeLatency> = {
  taken: 'once',
  expand: ({ measure }) => (measure.probes ? ['endpoints-changed'] : []),
  data: changeLatencySchema,
};
