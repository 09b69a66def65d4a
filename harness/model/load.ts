import { z } from 'zod';
import { histogramSchema } from './histogram.ts';
import { policySchema } from './policy.ts';

/** A number of things: never below 0. */
const countSchema = z.int().min(0);

/** A length of time in ms. */
const durationMsSchema = z.number().min(0);

/** Where the load goes: one Service's ClusterIP (or, without rules, one pod) and port. `id` is the Service's name. */
const loadTargetSchema = z.strictObject({
  id: z.string(),
  address: z.string(),
  port: z.int().min(1).max(65535),
});
export type LoadTarget = z.infer<typeof loadTargetSchema>;

/** What a load client is asked to do. It reaches the client process as one JSON line on standard input. */
export const loadSpecSchema = z.strictObject({
  engine: z.enum(['open-loop', 'autocannon']),
  targets: z.array(loadTargetSchema).min(1),
  path: z.string(),
  /** The body that a right answer has; anything else counts as `wrongBody`. */
  expectedBody: z.string(),
  /** Requests per second over all targets together (round robin). An engine that saturates ignores it. */
  rateRps: z.number().positive(),
  arrivals: z.enum(['uniform', 'poisson']),
  policy: policySchema,
  /** Requests of the warm-up are sent first, under the same rate and policy, and are counted nowhere. */
  warmUpMs: z.number().min(0),
  /** Silence between warm-up and load, in which the idle baseline is taken: no request is in flight in it. */
  idleMs: z.number().min(0),
  durationMs: z.number().positive(),
  /** Local ports that the client takes, a part of them for each target; `null` leaves it to the kernel. See load/client/local-ports.ts. */
  localPorts: z.strictObject({ first: z.int().min(1), last: z.int().max(65535) }).nullable(),
  /** From sending to the last byte; a request that takes longer counts as `timedOut` and its connection is destroyed. */
  requestTimeoutMs: z.number().positive(),
  seed: z.int(),
});
export type LoadSpec = z.infer<typeof loadSpecSchema>;

/** Every request that was due ends in exactly one of these. */
const outcomesSchema = z.strictObject({
  ok: countSchema,
  refused: countSchema,
  reset: countSchema,
  timedOut: countSchema,
  badStatus: countSchema,
  wrongBody: countSchema,
  /** Any other failure (no route, no port left, ...); `otherErrors` of the result counts them by code. */
  failed: countSchema,
  /** Due inside the load phase, but never sent before it ended. */
  unsent: countSchema,
});
export type Outcomes = z.infer<typeof outcomesSchema>;

/**
 * Times of one target's requests, "from sending" unless the name says "FromDue" (free of coordinated omission).
 * `connect` has one value per connection opened, the others one per request that ended ok.
 */
const targetTimesSchema = z.strictObject({
  connect: histogramSchema,
  firstByte: histogramSchema,
  total: histogramSchema,
  connectFromDue: histogramSchema,
  firstByteFromDue: histogramSchema,
  totalFromDue: histogramSchema,
});
export type TargetTimes = z.infer<typeof targetTimesSchema>;

export const targetLoadSchema = z.strictObject({
  id: z.string(),
  outcomes: outcomesSchema,
  connections: countSchema,
  /** Answers by backend, as the answering NGINX names itself in the header `X-Backend`. */
  backends: z.record(z.string(), countSchema),
  /** New connections by the backend that they were routed to (the first answer on each). */
  connectionBackends: z.record(z.string(), countSchema),
  times: targetTimesSchema,
});
export type TargetLoad = z.infer<typeof targetLoadSchema>;

/** What the client saw in one slice of the load phase, for the chart over time. `startMs` counts from the phase's start. */
const loadSliceSchema = z.strictObject({
  startMs: z.number(),
  requests: countSchema,
  errors: countSchema,
  connectP50Us: z.number().nullable(),
  totalP50Us: z.number().nullable(),
  totalP99Us: z.number().nullable(),
});
export type LoadSlice = z.infer<typeof loadSliceSchema>;

/** What a load client gives back as its last JSON line. Times are of the load phase alone. */
export const loadResultSchema = z.strictObject({
  engine: z.string(),
  /** Unix time in ms of the first and after the last due time of the load phase, by the client's wall clock. */
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  requestedRateRps: z.number(),
  /** Requests sent in the load phase over its real duration. */
  achievedRateRps: z.number().min(0),
  durationMs: durationMsSchema,
  targets: z.array(targetLoadSchema),
  /** How late the client itself sent, over all targets: sent − due. */
  lateness: histogramSchema,
  otherErrors: z.record(z.string(), countSchema),
  /** Connects between 0.9 and 1.2 s (and 2.9-3.3 s): the mark of a lost SYN. */
  slowConnects: countSchema,
  /** From /proc/net/netstat and /proc/net/snmp of the client's namespace, differences over the load phase. */
  synRetransmits: z.int(),
  segmentRetransmits: z.int(),
  /** The client's own CPU over the load phase, user and system. */
  clientCpuUs: z.number(),
  slices: z.array(loadSliceSchema),
});
export type LoadResult = z.infer<typeof loadResultSchema>;

/** Lines that a load client writes to standard output, one JSON object each; `result` is the last. */
export const loadMessageSchema = z.discriminatedUnion('type', [
  /** The client is up and waits for its start line (clients that share a rate start together). */
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('phase'), phase: z.enum(['warm-up', 'idle', 'load', 'done']), atMs: z.number() }),
  z.strictObject({ type: z.literal('progress'), sent: countSchema, ok: countSchema, errors: countSchema }),
  z.strictObject({ type: z.literal('result'), result: loadResultSchema }),
  z.strictObject({ type: z.literal('error'), message: z.string() }),
]);
export type LoadMessage = z.infer<typeof loadMessageSchema>;
