import { z } from 'zod';
import { VERDICTS } from './findings.ts';
import { modeSchema } from './mode.ts';
import { plannedTrialSchema } from './plan.ts';
import { reasonSchema } from './reason.ts';
import { runStatusSchema } from './run.ts';
import { TESTBEDS } from './scenario.ts';

/** Every event has the Unix time at which it happened. */
const at = { atMs: z.number() };

/** What is known of a paired difference so far, `modeId` less `referenceModeId` inside rounds; no interval below the least number of rounds. */
const runningDifferenceSchema = z.strictObject({
  modeId: z.string(),
  referenceModeId: z.string(),
  spec: z.string(),
  quantity: z.string(),
  estimateUs: z.number(),
  lowUs: z.number().nullable(),
  highUs: z.number().nullable(),
  rounds: z.int(),
  /** Rounds missing for an interval; 0 when there is one. */
  missingRounds: z.int(),
  verdict: z.enum(VERDICTS).nullable(),
});
export type RunningDifference = z.infer<typeof runningDifferenceSchema>;

/** A trial's numbers for whoever watches; `null` where there are none. Nothing decides by them. */
const trialNumbersSchema = z.strictObject({
  handshakeP50Us: z.number().nullable(),
  connectP50Us: z.number().nullable(),
  totalP50Us: z.number().nullable(),
  totalP99Us: z.number().nullable(),
  /** Busy cores over the idle baseline. */
  cpuCores: z.number().nullable(),
  achievedRateRps: z.number().nullable(),
});
export type TrialNumbers = z.infer<typeof trialNumbersSchema>;

/**
 * What a run tells while it goes on: the runner emits, `progress/` shows, `--json` prints one per line. The runner decides nothing by
 * what becomes of an event, and every event stands for itself.
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...at,
    type: z.literal('run-started'),
    schemaVersion: z.literal(1),
    runId: z.string(),
    directory: z.string(),
    scenario: z.string(),
    seed: z.int(),
    testbed: z.enum(TESTBEDS),
    /** Why that testbed, when it was chosen and not asked for. */
    testbedReason: z.string().nullable(),
    sizesServices: z.array(z.int()),
    modeIds: z.array(z.string()),
    policyIds: z.array(z.string()),
    refusedModes: z.array(z.strictObject({ mode: modeSchema, reason: reasonSchema })),
    minRounds: z.int(),
    maxRounds: z.int(),
    budgetMs: z.number(),
    halfWidthUs: z.number(),
    /** Trials that a resumed run brings along; 0 for a new one. */
    resumedTrials: z.int(),
  }),
  /** A step before the first trial: preflight, kube-proxy fetched, API server up, testbed open. `state: done` ends the one with the same name. */
  z.strictObject({
    ...at,
    type: z.literal('step'),
    name: z.string(),
    state: z.enum(['started', 'done', 'failed']),
    detail: z.string(),
  }),
  z.strictObject({
    ...at,
    type: z.literal('capacity-measured'),
    policyId: z.string(),
    requestsPerSecond: z.number(),
    askedRateRps: z.number(),
    clientFloorUs: z.number().nullable(),
  }),
  z.strictObject({ ...at, type: z.literal('block-started'), sizeServices: z.int(), modeIds: z.array(z.string()) }),
  /** A mode's node coming up at a size; `modeId: null` for what all share. */
  z.strictObject({
    ...at,
    type: z.literal('block-step'),
    sizeServices: z.int(),
    modeId: z.string().nullable(),
    step: z.string(),
    detail: z.string(),
  }),
  z.strictObject({
    ...at,
    type: z.literal('block-settled'),
    sizeServices: z.int(),
    durationMs: z.number(),
    nodes: z.array(
      z.strictObject({
        modeId: z.string(),
        settledMs: z.number(),
        natRules: z.int().nullable(),
        nftRules: z.int().nullable(),
        ipvsServices: z.int().nullable(),
      }),
    ),
  }),
  z.strictObject({
    ...at,
    type: z.literal('trial-started'),
    trial: plannedTrialSchema,
    /** Its position in its round, from 0, and how many the round has. */
    position: z.int(),
    trialsInRound: z.int(),
    warmUpMs: z.number(),
    idleMs: z.number(),
    loadMs: z.number(),
  }),
  z.strictObject({
    ...at,
    type: z.literal('trial-phase'),
    trialIndex: z.int(),
    phase: z.enum(['settle', 'warm-up', 'idle', 'load', 'read-out']),
  }),
  z.strictObject({
    ...at,
    type: z.literal('trial-finished'),
    trial: plannedTrialSchema,
    durationMs: z.number(),
    valid: z.boolean(),
    invalid: z.array(reasonSchema),
    warnings: z.array(reasonSchema),
    numbers: trialNumbersSchema,
  }),
  /** The running estimates after a whole round. */
  z.strictObject({
    ...at,
    type: z.literal('round-finished'),
    sizeServices: z.int(),
    round: z.int(),
    differences: z.array(runningDifferenceSchema),
    /** The widest interval's half; `null` while one has none. */
    widestUs: z.number().nullable(),
  }),
  z.strictObject({
    ...at,
    type: z.literal('block-finished'),
    sizeServices: z.int(),
    rounds: z.int(),
    because: z.enum(['narrow-enough', 'max-rounds', 'nothing-to-compare', 'budget-spent', 'interrupted', 'failed']),
    widestUs: z.number().nullable(),
  }),
  /** How long it may go on yet: at least (to the least rounds) and at most (to the budget's end). */
  z.strictObject({ ...at, type: z.literal('time-left'), expectedMs: z.number(), atMostMs: z.number() }),
  z.strictObject({ ...at, type: z.literal('warning'), reason: reasonSchema }),
  z.strictObject({
    ...at,
    type: z.literal('run-finished'),
    status: runStatusSchema,
    statusReason: z.string().nullable(),
    directory: z.string(),
    trials: z.int(),
    invalidTrials: z.int(),
    totalMs: z.number(),
    loadMs: z.number(),
  }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
export type RunEventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** Where the runner puts its events. It must not throw: showing progress never ends a run. */
export type RunListener = (event: RunEvent) => void;
