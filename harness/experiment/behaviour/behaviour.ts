import { z } from 'zod';
import { deadEndpointSchema, reachabilitySchema, ruleWalkSchema } from '../../model/target.ts';
import type { Experiment } from '../experiment.ts';

/** What each question leaves behind; a node's facts are all of them together. */
const behaviourDataSchema = z.union([
  z.strictObject({ ruleWalks: z.array(ruleWalkSchema) }),
  z.strictObject({ deadEndpoint: deadEndpointSchema }),
  z.strictObject({ vipAnswersPing: z.boolean() }),
  z.strictObject({ reachability: reachabilitySchema }),
]);
export type BehaviourData = z.infer<typeof behaviourDataSchema>;

const BEHAVIOURS = ['rule-walks', 'dead-endpoint', 'ping', 'reachability'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** How the rules of a node behave: facts, each found once, without an estimate. A dead endpoint is tried at the smallest size alone. */
export const behaviour: Experiment<BehaviourData> = {
  taken: 'once',
  expand: ({ measure, sizesServices }, sizeServices) => {
    if (!measure.probes) return [];
    return BEHAVIOURS.filter((one) => one !== 'dead-endpoint' || sizeServices === sizesServices[0]);
  },
  data: behaviourDataSchema,
};
