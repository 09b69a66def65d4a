import { z } from 'zod';
import { loadResultSchema } from '../../model/load.ts';
import { wireResultSchema } from '../../model/wire.ts';
import type { Experiment } from '../experiment.ts';
import { policyId } from './policy.ts';

/** `null` where it was lost on the way, and for `wire` where nothing was captured. */
const loadDataSchema = z.strictObject({ load: loadResultSchema.nullable(), wire: wireResultSchema.nullable() });
export type LoadData = z.infer<typeof loadDataSchema>;

/** Requests at a steady rate, with each connection policy of the scenario. */
export const load: Experiment<LoadData> = {
  taken: 'in-rounds',
  expand: ({ load: { policies } }) => policies.map(policyId),
  data: loadDataSchema,
};
