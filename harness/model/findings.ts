import { z } from 'zod';
import { CPU_CLASSES, PROCESS_GROUPS } from './counters.ts';
import { proxyErrorsSchema } from './proxy-errors.ts';
import { reasonSchema } from './reason.ts';
import { kernelObjectsSchema } from './target.ts';

/**
 * What a time is the time of.
 * `handshake`: SYN to SYN/ACK on the wire, at the client's veth. The others are what the client program saw, from the
 * moment of sending, or (`…FromDue`) from the moment the request was due. `connectedToFirstByte` is first byte less
 * connect, per request; it exists as a mean only, because quantiles do not subtract. `lateness` is sent less due.
 */
export const METRICS = [
  'handshake',
  'connect',
  'firstByte',
  'total',
  'connectedToFirstByte',
  'totalFromDue',
  'lateness',
] as const;
export type Metric = (typeof METRICS)[number];

export const STATISTICS = ['mean', 'p01', 'p50', 'p90', 'p99', 'p99.9'] as const;
export type Statistic = (typeof STATISTICS)[number];

/**
 * A number with its certainty, in the unit that the field holding it names. `value` is the mean over rounds of the
 * rounds' own values; `low` … `high` is its interval at `confidenceAchieved`. With too few rounds there is no interval
 * (`null`), and `missingRounds` says how many more would give one.
 */
export const estimatedSchema = z.strictObject({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** n: rounds that entered. */
  rounds: z.int().min(0),
  confidenceAsked: z.number(),
  confidenceAchieved: z.number().nullable(),
  missingRounds: z.int().min(0),
});
export type Estimated = z.infer<typeof estimatedSchema>;

/** Where a number was taken: one cell of size × mode × policy. */
const cellShape = { sizeServices: z.int(), modeId: z.string(), policyId: z.string() };

/** One statistic of one metric in one cell. `mergedUs` is the same statistic of all rounds' histograms added up. */
const timeEstimateSchema = z.strictObject({
  ...cellShape,
  metric: z.enum(METRICS),
  statistic: z.enum(STATISTICS),
  timeUs: estimatedSchema,
  mergedUs: z.number(),
  /** Requests (or connections) behind it, over all rounds. */
  samples: z.int(),
});
export type TimeEstimate = z.infer<typeof timeEstimateSchema>;

/** What a comparison is about; times are in µs, CPU over idle in cores. */
export const quantitySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('time'), metric: z.enum(METRICS), statistic: z.enum(STATISTICS) }),
  z.strictObject({ kind: z.literal('cpu') }),
]);
export type Quantity = z.infer<typeof quantitySchema>;

export const UNITS = ['us', 'cores'] as const;

/**
 * `different`: the interval excludes 0 and is not inside the margin. `equivalent`: it lies inside ±margin, also when it
 * excludes 0 (then the modes differ measurably, by less than matters). `unsure`: anything else.
 */
export const VERDICTS = ['different', 'equivalent', 'unsure'] as const;
export type Verdict = (typeof VERDICTS)[number];

const judgedShape = {
  quantity: quantitySchema,
  unit: z.enum(UNITS),
  /** At the confidence asked for, this comparison taken alone. */
  difference: estimatedSchema,
  /** At the (wider) level at which the whole family keeps its confidence; this one decides. Equal to `difference` outside the family. */
  adjusted: estimatedSchema,
  /** In the family of headline comparisons that share one error rate (see `family`)? */
  inFamily: z.boolean(),
  margin: z.number(),
  verdict: z.enum(VERDICTS),
  excludesZero: z.boolean(),
  /** Rounds still needed for a verdict, should the spread stay as it is; 0 when there is one, null when it cannot be said. */
  roundsNeeded: z.int().nullable(),
};

/** `modeId` less `referenceModeId`, inside rounds, at one size and policy. */
const pairedDifferenceSchema = z.strictObject({
  sizeServices: z.int(),
  policyId: z.string(),
  modeId: z.string(),
  referenceModeId: z.string(),
  /** The reference's own value (mean over the same rounds). */
  referenceValue: z.number(),
  ...judgedShape,
});
export type PairedDifference = z.infer<typeof pairedDifferenceSchema>;

/** One mode at one size less itself at the run's smallest size. Sizes run one after the other: not paired. */
const growthSchema = z.strictObject({
  ...cellShape,
  baseSizeServices: z.int(),
  baseValue: z.number(),
  ...judgedShape,
});
export type Growth = z.infer<typeof growthSchema>;

/** Cores over the idle baseline just before the load. `steal` is told, and is not in `busyCores`. */
const cpuEstimateSchema = z.strictObject({
  ...cellShape,
  busyCores: estimatedSchema,
  idleBusyCores: estimatedSchema,
  perConnectionUs: estimatedSchema.nullable(),
  perRequestUs: estimatedSchema.nullable(),
  classes: z.record(z.enum(CPU_CLASSES), estimatedSchema),
  groups: z.partialRecord(
    z.enum(PROCESS_GROUPS),
    z.strictObject({ cores: estimatedSchema, rssBytes: estimatedSchema }),
  ),
});
export type CpuEstimate = z.infer<typeof cpuEstimateSchema>;

/**
 * A fitted line's slope. Axis `rule-index`: within one size, over the targets. Axis `services`: over the sizes.
 * `constant` (O(1)) is said only when 0 lies in the interval and the whole interval lies within ±`threshold`.
 */
const slopeSchema = z.strictObject({
  axis: z.enum(['rule-index', 'services']),
  modeId: z.string(),
  policyId: z.string(),
  /** The size whose targets were fitted; null for axis `services`. */
  sizeServices: z.int().nullable(),
  quantity: quantitySchema,
  /** ns per rule or per Service; µcores per Service for CPU. */
  unit: z.enum(['ns/rule', 'ns/service', 'ucores/service']),
  slope: estimatedSchema,
  /** At x = 0: µs, or cores for CPU. */
  intercept: z.number(),
  threshold: z.number(),
  verdict: z.enum(['grows', 'constant', 'falls', 'unsure']),
  method: z.enum(['least-squares', 'theil-sen']),
  warnings: z.array(reasonSchema),
});
export type Slope = z.infer<typeof slopeSchema>;

/** Handshake against rule index, one point per target (all rounds merged), for the chart with the slope. */
const ruleIndexSeriesSchema = z.strictObject({
  ...cellShape,
  points: z.array(
    z.strictObject({ targetId: z.string(), ruleIndex: z.int(), p50Us: z.number(), connections: z.int() }),
  ),
  fit: z.strictObject({ interceptUs: z.number(), nsPerRule: estimatedSchema }).nullable(),
});
export type RuleIndexSeries = z.infer<typeof ruleIndexSeriesSchema>;

/**
 * The number of Services at which `worseModeId` starts to be worse than `betterModeId` by the margin.
 * `found`: between measured sizes. `extrapolated`: beyond the largest. `from-the-start`: already at the smallest.
 * `not-reached`: never in the measured range, and no growth that is sure enough to extrapolate; `lowServices` is then where it could be at the
 * earliest, if anywhere. `unsure`: too few rounds to say.
 */
const crossOverSchema = z.strictObject({
  worseModeId: z.string(),
  betterModeId: z.string(),
  policyId: z.string(),
  quantity: quantitySchema,
  unit: z.enum(UNITS),
  margin: z.number(),
  outcome: z.enum(['found', 'extrapolated', 'from-the-start', 'not-reached', 'unsure']),
  services: z.number().nullable(),
  lowServices: z.number().nullable(),
  /** null with a `lowServices`: no upper end, the growth's interval reaches 0. A found crossing may have none either. */
  highServices: z.number().nullable(),
  confidence: z.number(),
  rounds: z.int(),
});
export type CrossOver = z.infer<typeof crossOverSchema>;

/** Rules that one new connection runs through, against the number of Services (the study's third chart). */
export const rulesSeriesSchema = z.strictObject({
  id: z.string(),
  /** The mode; null where it is of none of this run's (a study's own model). */
  modeId: z.string().nullable(),
  kind: z.enum(['measured', 'position-model', 'documented-model']),
  points: z.array(
    z.strictObject({
      sizeServices: z.int(),
      rules: z.number(),
      lowRules: z.number().nullable(),
      highRules: z.number().nullable(),
    }),
  ),
  /** How the numbers come about and where the model is from. */
  source: z.string(),
});
export type RulesSeries = z.infer<typeof rulesSeriesSchema>;

/** One node at one size: how it was programmed and what stood in the kernel. One value each, no repetition. */
const programmingFindingSchema = z.strictObject({
  sizeServices: z.int(),
  modeId: z.string(),
  loadObjectsMs: z.number(),
  settledMs: z.number(),
  syncMs: z.number(),
  syncs: z.int(),
  kubeProxyCpuS: z.number().nullable(),
  kubeProxyRssBytes: z.number().nullable(),
  concurrentNodes: z.int(),
  kernelObjects: kernelObjectsSchema,
  /** API write to the first connection through the changed rule (K7). */
  changes: z.array(
    z.strictObject({
      kind: z.string(),
      medianMs: z.number(),
      lowestMs: z.number(),
      highestMs: z.number(),
      count: z.int(),
    }),
  ),
});
export type ProgrammingFinding = z.infer<typeof programmingFindingSchema>;

/** Quantiles of all valid rounds' merged histogram, for percentile and ECDF charts. `quantile` in 0..1, ascending. */
const distributionSchema = z.strictObject({
  ...cellShape,
  metric: z.enum(METRICS),
  count: z.int(),
  points: z.array(z.strictObject({ quantile: z.number(), us: z.number() })),
});
export type Distribution = z.infer<typeof distributionSchema>;

/** The run over time. Times count from the run's start. */
const timelineSchema = z.strictObject({
  slices: z.array(
    z.strictObject({
      sinceStartMs: z.number(),
      trialIndex: z.int(),
      ...cellShape,
      connectP50Us: z.number().nullable(),
      totalP50Us: z.number().nullable(),
      totalP99Us: z.number().nullable(),
      handshakeP50Us: z.number().nullable(),
      handshakeP99Us: z.number().nullable(),
      errors: z.int(),
    }),
  ),
  trials: z.array(
    z.strictObject({
      sinceStartMs: z.number(),
      durationMs: z.number(),
      trialIndex: z.int(),
      round: z.int(),
      ...cellShape,
      valid: z.boolean(),
      busyCores: z.number().nullable(),
      kubeProxyCores: z.number().nullable(),
    }),
  ),
  syncs: z.array(
    z.strictObject({
      /** When it ended. */
      sinceStartMs: z.number(),
      durationMs: z.number(),
      kind: z.enum(['full', 'partial', 'unknown']),
      sizeServices: z.int(),
      modeId: z.string(),
    }),
  ),
});
export type Timeline = z.infer<typeof timelineSchema>;

/** New connections by backend, over all valid trials and targets of a mode and policy. */
const backendSharesSchema = z.strictObject({
  modeId: z.string(),
  policyId: z.string(),
  connections: z.int(),
  backends: z.array(z.strictObject({ backend: z.string(), connections: z.int(), share: z.number() })),
  /** Pearson's test of uniformity; null below 5 expected connections per backend. */
  uniformity: z.strictObject({ chiSquare: z.number(), degreesOfFreedom: z.int(), pValue: z.number() }).nullable(),
});
export type BackendShares = z.infer<typeof backendSharesSchema>;

/** Data of the page's first sentences, most important first; at most three, at least one. The report words them. */
const headlineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('latency'),
    sizeServices: z.int(),
    policyId: z.string(),
    /** The slower first; with verdict `equivalent` or `unsure` the order says nothing. */
    slowerModeId: z.string(),
    fasterModeId: z.string(),
    metric: z.enum(METRICS),
    statistic: z.enum(STATISTICS),
    fasterUs: z.number(),
    slowerUs: z.number(),
    /** Slower less faster, at the family's level. */
    differenceUs: estimatedSchema,
    marginUs: z.number(),
    verdict: z.enum(VERDICTS),
  }),
  z.strictObject({
    kind: z.literal('cpu'),
    sizeServices: z.int(),
    policyId: z.string(),
    higherModeId: z.string(),
    lowerModeId: z.string(),
    differenceCores: estimatedSchema,
    marginCores: z.number(),
    verdict: z.enum(VERDICTS),
  }),
  z.strictObject({ kind: z.literal('cross-over'), crossOver: crossOverSchema }),
  z.strictObject({ kind: z.literal('slope'), slope: slopeSchema }),
  /** One mode alone: nothing to compare, its own value is the answer. */
  z.strictObject({ kind: z.literal('alone'), estimate: timeEstimateSchema }),
  /** Modes with their own values, side by side, where no verdict can be given: too few rounds in common. */
  z.strictObject({
    kind: z.literal('beside'),
    estimates: z.array(timeEstimateSchema).min(2),
    /** Rounds that the two with the fewest have in common. */
    commonRounds: z.int(),
  }),
  /** One mode and the floor (no rules): what its rules cost. */
  z.strictObject({
    kind: z.literal('over-floor'),
    estimate: timeEstimateSchema,
    floor: timeEstimateSchema,
    /** Mode less floor, inside rounds. */
    differenceUs: estimatedSchema,
  }),
  /** What this run cannot say, and why. */
  z.strictObject({ kind: z.literal('cannot-say'), reason: reasonSchema }),
]);
export type Headline = z.infer<typeof headlineSchema>;

const invalidTrialSchema = z.strictObject({
  trialIndex: z.int(),
  round: z.int(),
  ...cellShape,
  reasons: z.array(reasonSchema),
});
export type InvalidTrial = z.infer<typeof invalidTrialSchema>;

/** What one mode's kube-proxy complained of over the run, harmless lines apart. */
const modeErrorsSchema = z.strictObject({ modeId: z.string(), kinds: z.array(proxyErrorsSchema).min(1) });
export type ModeErrors = z.infer<typeof modeErrorsSchema>;

/** What a run says, without any study that it is held against. */
export const findingsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  scenarioName: z.string(),
  sizesServices: z.array(z.int()),
  modeIds: z.array(z.string()),
  policyIds: z.array(z.string()),
  trials: z.strictObject({ valid: z.int(), invalid: z.int() }),
  /** Per size: rounds in which at least one trial was valid, and rounds in which all were. */
  rounds: z.array(z.strictObject({ sizeServices: z.int(), started: z.int(), complete: z.int() })),
  confidence: z.number(),
  margins: z.strictObject({ rttUs: z.number(), rttRatio: z.number(), handshakeUs: z.number(), cpuCores: z.number() }),
  /** How the headline comparisons share one error rate. */
  family: z.strictObject({ comparisons: z.int(), method: z.string() }),
  /** How intervals were made. */
  intervalMethod: z.string(),
  headlines: z.array(headlineSchema).min(1),
  times: z.array(timeEstimateSchema),
  differences: z.array(pairedDifferenceSchema),
  growths: z.array(growthSchema),
  cpu: z.array(cpuEstimateSchema),
  slopes: z.array(slopeSchema),
  crossOvers: z.array(crossOverSchema),
  rules: z.array(rulesSeriesSchema),
  ruleIndex: z.array(ruleIndexSeriesSchema),
  programming: z.array(programmingFindingSchema),
  distributions: z.array(distributionSchema),
  timeline: timelineSchema,
  backends: z.array(backendSharesSchema),
  invalidTrials: z.array(invalidTrialSchema),
  /** Absent where no mode's kube-proxy complained. */
  proxyErrors: z.array(modeErrorsSchema).min(1).optional(),
  /** Warnings of trials and of the analysis itself, the same code and message once, with how often. */
  warnings: z.array(z.strictObject({ ...reasonSchema.shape, count: z.int() })),
  /** What this run cannot say by its shape (one mode, one size, one round, a part that the testbed could not read). */
  limits: z.array(reasonSchema),
});
export type Findings = z.infer<typeof findingsSchema>;
