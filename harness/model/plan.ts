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
const plannedRoundSchema = z.strictObject({ round: z.int().min(0), trials: z.array(plannedTrialSchema) });
export type PlannedRound = z.infer<typeof plannedRoundSchema>;

/** All rounds of one size, up to the scenario's maximum; the run stops inside by its stop rule. */
const plannedBlockSchema = z.strictObject({ sizeServices: z.int(), rounds: z.array(plannedRoundSchema) });
export type PlannedBlock = z.infer<typeof plannedBlockSchema>;

/** Whether the nodes of all modes exist at once, so that their trials mix, or those of one mode at a time, each made again in every round. */
export const STANDINGS = ['side-by-side', 'one-at-a-time'] as const;
export const standingSchema = z.enum(STANDINGS);
export type Standing = z.infer<typeof standingSchema>;

export const planSchema = z.strictObject({
  schemaVersion: z.literal(1),
  seed: z.int(),
  /** Plans from before there was another are side by side. */
  standing: standingSchema.default('side-by-side'),
  blocks: z.array(plannedBlockSchema),
});
export type Plan = z.infer<typeof planSchema>;
