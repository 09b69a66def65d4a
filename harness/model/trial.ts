import { z } from 'zod';
import { conntrackSchema, cpuUseSchema, PROCESS_GROUPS, syncSchema, throttlingSchema } from './counters.ts';
import { loadResultSchema } from './load.ts';
import { plannedTrialSchema } from './plan.ts';
import { proxyErrorsSchema } from './proxy-errors.ts';
import { reasonSchema } from './reason.ts';
import { wireResultSchema } from './wire.ts';

/** What one process group used over the load phase, and in the idle baseline before it. */
const groupUseSchema = z.strictObject({
  idleCores: z.number(),
  loadCores: z.number(),
  rssBytes: z.number(),
});

/**
 * One trial, raw: warm-up → settle gate → idle baseline → load → read-out. One journal line each, kept whether valid or not.
 * What is missing (`load: null`) was lost with the client; then `valid` is false and `invalid` says why.
 */
export const trialSchema = z.strictObject({
  type: z.literal('trial'),
  plan: plannedTrialSchema,
  startedAt: z.iso.datetime(),
  durationMs: z.number().min(0),
  load: loadResultSchema.nullable(),
  wire: wireResultSchema.nullable(),
  cpuIdle: cpuUseSchema.nullable(),
  cpuLoad: cpuUseSchema.nullable(),
  groups: z.partialRecord(z.enum(PROCESS_GROUPS), groupUseSchema),
  conntrackBefore: conntrackSchema.nullable(),
  conntrackAfter: conntrackSchema.nullable(),
  /** Every sync that ended between the start of the idle baseline and the end of the load. */
  syncs: z.array(syncSchema),
  clockStepMs: z.number(),
  /** What the mode's kube-proxy complained of since its trial before (or since the node stood up). Runs stored before it existed have none. */
  proxyErrors: z.array(proxyErrorsSchema).optional(),
  /** From the start of the idle baseline to the end of the load, where a CPU quota holds. */
  throttling: throttlingSchema.optional(),
  valid: z.boolean(),
  invalid: z.array(reasonSchema),
  warnings: z.array(reasonSchema),
});
export type Trial = z.infer<typeof trialSchema>;
