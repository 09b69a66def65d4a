import { z } from 'zod';

/** One planned trial. `index` counts over the whole plan and is the trial's name in the journal. */
export const plannedTrialSchema = z.strictObject({
  index: z.int().min(0),
  sizeServices: z.int(),
  round: z.int().min(0),
  modeId: z.string(),
  policyId: z.string(),
});
export type PlannedTrial = z.infer<typeof plannedTrialSchema>;

/** Every (mode, policy) once, in the order drawn from the seed: the unit of repetition. */
export const plannedRoundSchema = z.strictObject({ round: z.int().min(0), trials: z.array(plannedTrialSchema) });
export type PlannedRound = z.infer<typeof plannedRoundSchema>;

/** All rounds of one size, up to the scenario's maximum; the run stops inside by its stop rule. */
export const plannedBlockSchema = z.strictObject({ sizeServices: z.int(), rounds: z.array(plannedRoundSchema) });
export type PlannedBlock = z.infer<typeof plannedBlockSchema>;

export const planSchema = z.strictObject({
  schemaVersion: z.literal(1),
  seed: z.int(),
  blocks: z.array(plannedBlockSchema),
});
export type Plan = z.infer<typeof planSchema>;
