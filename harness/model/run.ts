import { z } from 'zod';
import { modeSchema } from './mode.ts';
import { planSchema } from './plan.ts';
import { reasonSchema } from './reason.ts';
import { scenarioSchema, TESTBEDS } from './scenario.ts';
import { blockNodeSchema } from './target.ts';
import { trialSchema } from './trial.ts';

/** Where and with what a run was taken. Values that could not be read are `null`, never guessed. */
export const environmentSchema = z.strictObject({
  testbed: z.enum(TESTBEDS),
  /** `native` unless the run is in a guest: `kvm` or `emulated`. */
  execution: z.enum(['native', 'kvm', 'emulated']),
  /** The guest, where there is one: the kernel as it was asked for and where it came from, and its size. */
  guest: z
    .strictObject({
      kernelWord: z.string(),
      kernelOrigin: z.string(),
      /** Why not KVM. */
      executionReason: z.string().nullable(),
      cpus: z.int(),
      memoryMib: z.int(),
    })
    .optional(),
  kernel: z.strictObject({
    release: z.string(),
    version: z.string(),
    architecture: z.string(),
    /** CONFIG_ options that matter to the measurement (HZ, IP_VS, RETPOLINE, ...), as found; empty when there is no config to read. */
    options: z.record(z.string(), z.string()),
  }),
  cpu: z.strictObject({
    model: z.string().nullable(),
    /** That the run may use: a part of one under a CPU quota. */
    cores: z.number().positive(),
    mhz: z.number().nullable(),
    governor: z.string().nullable(),
    virtualization: z.string().nullable(),
    mitigations: z.record(z.string(), z.string()),
  }),
  memoryBytes: z.number(),
  operatingSystem: z.string().nullable(),
  /** Versions and sha256 of every tool and binary that took part. */
  tools: z.record(
    z.string(),
    z.strictObject({ path: z.string().nullable(), version: z.string().nullable(), sha256: z.string().nullable() }),
  ),
  sysctls: z.record(z.string(), z.string()),
  loadAverage: z.array(z.number()),
  /** Commit of the harness, "+changes" behind it when the tree was not clean; null outside a checkout. */
  harnessCommit: z.string().nullable(),
  /** Why it is not known, where there is a checkout. */
  harnessCommitUnknown: reasonSchema.optional(),
  harnessVersion: z.string(),
});
export type Environment = z.infer<typeof environmentSchema>;

/** What a capacity probe found before the first trial. */
const capacitySchema = z.strictObject({
  policyId: z.string(),
  requestsPerSecond: z.number(),
  /** The instrument's own floor: client's connect p50 less the wire's, straight to a pod. */
  clientFloorUs: z.number().nullable(),
});
export type Capacity = z.infer<typeof capacitySchema>;

export const runStatusSchema = z.enum(['running', 'complete', 'budget-spent', 'interrupted', 'failed']);

/** A run's id is the name of a folder: of one, here, not of one elsewhere (it comes out of a file that anybody may have written). */
export function isRunId(text: string): boolean {
  return !/[/\\\p{Cc}]|^\.{0,2}$/u.test(text) && Buffer.byteLength(text) <= 255;
}

/** `run.json`: everything about a run but its trials. */
export const runHeaderSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string().refine(isRunId, { error: 'no name of a folder' }),
  scenario: scenarioSchema,
  /** Words of the command line, so that a reader can type it again. */
  command: z.array(z.string()),
  seed: z.int(),
  plan: planSchema,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  status: runStatusSchema,
  statusReason: z.string().nullable(),
  environment: environmentSchema,
  capacity: z.array(capacitySchema),
  /** The rate that the trials ran at, where it is not the scenario's: an emulated guest takes what its capacity allows. Requests per second. */
  usedRateRps: z.number().positive().optional(),
  /** Modes asked for that could not be measured here, with why: the report names them. */
  refusedModes: z.array(z.strictObject({ mode: modeSchema, reason: reasonSchema })),
  warnings: z.array(reasonSchema),
  /** Wall time spent, by what it went to. */
  timing: z.strictObject({ totalMs: z.number(), loadMs: z.number(), setUpMs: z.number() }),
});
export type RunHeader = z.infer<typeof runHeaderSchema>;

/**
 * The header as whoever looks for results must read it: its scenario has the modes that ran. A stored scenario is what was asked for, and a
 * mode that was left out (`refusedModes`) is in it all the same, so that the run can be resumed and taken again.
 */
export function headerOfWhatRan(header: RunHeader): RunHeader {
  const refused = new Set(header.refusedModes.map(({ mode }) => mode.id));
  const modes = header.scenario.modes.filter(({ id }) => !refused.has(id));
  return { ...header, scenario: { ...header.scenario, modes } };
}

/** A line of `trials.ndjson`. */
export const journalLineSchema = z.discriminatedUnion('type', [trialSchema, blockNodeSchema]);
export type JournalLine = z.infer<typeof journalLineSchema>;

/** A whole stored run: what `analysis` takes. */
export const runSchema = z.strictObject({
  header: runHeaderSchema,
  nodes: z.array(blockNodeSchema),
  trials: z.array(trialSchema),
  /** The journal's last line was torn (the program was killed while it wrote) and left out. */
  tornLine: z.boolean(),
});
export type Run = z.infer<typeof runSchema>;
