import { z } from 'zod';
import { kubernetesSettingsSchema } from './kubernetes.ts';
import { modeSchema } from './mode.ts';
import { policySchema } from './policy.ts';

export const TESTBEDS = ['auto', 'netns', 'vm', 'kind', 'cluster'] as const;
export type TestbedName = (typeof TESTBEDS)[number];
/** Where a run can stand; `auto` stands for one of the first two. */
export type PlaceName = Exclude<TestbedName, 'auto'>;

/**
 * A scenario as it ran: every default filled in, every override applied, units in the names. This is what a Run stores.
 * The file that a user writes is another, friendlier schema (scenario/file.ts) that turns into this one.
 */
export const scenarioSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1).max(80),
  description: z.string(),
  testbed: z.enum(TESTBEDS),
  /** Numbers of Services, ascending; the first is the base that others are compared with. */
  sizesServices: z.array(z.int().min(1)).min(1),
  endpointsPerService: z.int().min(1),
  /** Endpoints of the Services that are no target: distinct synthetic addresses, or the ten real pods again. */
  backends: z.enum(['distinct', 'shared', 'pods']),
  /** Where Services and synthetic endpoints have their addresses, where that was given. */
  ranges: z.strictObject({ services: z.string().optional(), endpoints: z.string().optional() }).optional(),
  /** Services that the load goes to, spread over the table (fewer when the size is smaller). */
  targets: z.int().min(1),
  modes: z.array(modeSchema).min(1),
  /** A mode that the place cannot run: refuse the run, or leave the mode out (named at the start, in the run and in the report). */
  unsupported: z.enum(['refuse', 'skip']),
  proxy: z.strictObject({
    /** Version or absolute path of a binary. */
    version: z.string().min(1),
    /** One more kube-proxy on the server's node. */
    serverProxy: z.boolean(),
  }),
  load: z.strictObject({
    engine: z.enum(['open-loop', 'autocannon']),
    rateRps: z.number().positive(),
    arrivals: z.enum(['uniform', 'poisson']),
    policies: z.array(policySchema).min(1),
    warmUpMs: z.number().min(0),
    idleMs: z.number().min(0),
    durationMs: z.number().positive(),
    requestTimeoutMs: z.number().positive(),
    /** Client processes (netns) or pods (cluster) that share the rate. */
    clients: z.int().min(1),
  }),
  measure: z.strictObject({
    wire: z.boolean(),
    /** Rule walks, reachability and change latency, once per node and size, outside the trials. */
    probes: z.boolean(),
  }),
  stop: z.strictObject({
    minRounds: z.int().min(1),
    maxRounds: z.int().min(1),
    /** Time for the whole run, set-up included; the sizes share what is left of it. */
    budgetMs: z.number().positive(),
    confidence: z.number().gt(0.5).lt(1),
    /** Rounds are added until the interval of every paired difference of the median is at most this wide on each side. */
    halfWidthUs: z.number().positive(),
  }),
  margins: z.strictObject({
    /** Equivalence: a difference below the larger of the two does not matter. */
    rttUs: z.number().positive(),
    rttRatio: z.number().positive(),
    /** The same for the handshake on the wire, which is a tenth of a round trip as an application sees it. */
    handshakeUs: z.number().positive(),
    cpuCores: z.number().positive(),
  }),
  /** Runs of the scenario over several kernels or kube-proxy versions, one Run each (scenarios `kernels`, `history`). */
  axis: z.strictObject({ kind: z.enum(['none', 'kernel', 'kubeProxy']), values: z.array(z.string()) }),
  /** For the testbeds kind and cluster; runs from before these existed have none. */
  kubernetes: kubernetesSettingsSchema.optional(),
  seed: z.int().min(0),
});
export type Scenario = z.infer<typeof scenarioSchema>;
