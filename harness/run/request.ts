import { z } from 'zod';
import { guestSchema } from '../model/guest.ts';
import { modeSchema } from '../model/mode.ts';
import { standingSchema } from '../model/plan.ts';
import { reasonSchema } from '../model/reason.ts';
import { scenarioSchema } from '../model/scenario.ts';

/** What a run was asked for, in its temporary directory. */
export const REQUEST_FILE = 'request.json';

/**
 * Everything that a run needs, decided before it enters its testbed: what the outer program hands to itself inside the laboratory, as a JSON file.
 * All paths are absolute; the run's directory exists.
 */
export const runRequestSchema = z.strictObject({
  scenario: scenarioSchema,
  testbed: z.enum(['netns', 'vm', 'kind', 'cluster']),
  testbedReason: z.string().nullable(),
  /** The modes that will run, and those that cannot, with why. */
  modes: z.array(modeSchema).min(1),
  refusedModes: z.array(z.strictObject({ mode: modeSchema, reason: reasonSchema })),
  /** Whether the modes stand at once; when not, why. */
  arrangement: z.strictObject({ standing: standingSchema, reason: reasonSchema.nullable() }),
  kubeProxies: z.record(z.string(), z.strictObject({ path: z.string(), version: z.string(), sha256: z.string() })),
  runId: z.string(),
  runDirectory: z.string(),
  logsDirectory: z.string(),
  temporaryDirectory: z.string(),
  command: z.array(z.string()),
  /** Go on with the run that is in the directory. */
  resume: z.boolean(),
  progress: z.enum(['live', 'plain', 'json']),
  keep: z.boolean(),
  /** What this machine allows less of than it has: conditions of the run, told in its report. */
  machineWarnings: z.array(reasonSchema).optional(),
  /** Testbed vm: the guest that the run is in. */
  guest: guestSchema.optional(),
  /** The rate that an emulated guest is to take, where the runs of a series must take the same; its own capacity decides otherwise. */
  usedRateRps: z.number().positive().optional(),
});
export type RunRequest = z.infer<typeof runRequestSchema>;
