import { z } from 'zod';
import { proxyErrorsSchema } from './proxy-errors.ts';
import { quantitySchema, UNITS } from './quantity.ts';
import { reasonSchema } from './reason.ts';
import { kernelObjectsSchema } from './target.ts';

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

/** Where a number was taken: one size, one mode, and what was asked of its node. */
const cellShape = { sizeServices: z.int(), modeId: z.string(), experiment: z.string(), spec: z.string() };

/** One quantity in one cell: the row of the one table that everything reads. */
const estimateSchema = z.strictObject({
  ...cellShape,
  quantity: z.string(),
  unit: z.enum(UNITS),
  ...estimatedSchema.shape,
  /** What `rounds` counts: what was repeated. */
  repetition: z.enum(['round', 'node', 'change']),
  /** The same statistic of all rounds' values added up; `null` for what is no statistic of a distribution. */
  merged: z.number().nullable(),
  /** Requests (or connections) behind it, over all rounds. */
  samples: z.int(),
});
export type Estimate = z.infer<typeof estimateSchema>;

/**
 * `different`: the interval excludes 0 and is not inside the margin. `equivalent`: it lies inside ±margin, also when it
 * excludes 0 (then the modes differ measurably, by less than matters). `unsure`: anything else.
 */
export const VERDICTS = ['different', 'equivalent', 'unsure'] as const;
export type Verdict = (typeof VERDICTS)[number];

const judgedShape = {
  quantity: z.string(),
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

/** `modeId` less `referenceModeId`, inside rounds, at one size and spec. */
const pairedDifferenceSchema = z.strictObject({
  ...cellShape,
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

export const SLOPE_AXES = ['rule-index', 'services'] as const;
export const SLOPE_UNITS = ['ns/rule', 'ns/service', 'ucores/service'] as const;

/**
 * A fitted line's slope. Axis `rule-index`: within one size, over the targets. Axis `services`: over the sizes.
 * `constant` (O(1)) is said only when 0 lies in the interval and the whole interval lies within ±`threshold`.
 */
const slopeSchema = z.strictObject({
  axis: z.enum(SLOPE_AXES),
  ...cellShape,
  /** The size whose targets were fitted; null for axis `services`. */
  sizeServices: z.int().nullable(),
  quantity: z.string(),
  /** ns per rule or per Service; µcores per Service for CPU. */
  unit: z.enum(SLOPE_UNITS),
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
  experiment: z.string(),
  spec: z.string(),
  quantity: z.string(),
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

/** One node at one size: what was in the kernel, and what was seen once. Facts, no estimates. */
const nodeFactsSchema = z.strictObject({
  sizeServices: z.int(),
  modeId: z.string(),
  /** Other nodes that were programmed on the machine at the same time. */
  concurrentNodes: z.int(),
  kernelObjects: kernelObjectsSchema,
  /** API write to the first connection through the changed rule, by kind of change. */
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
export type NodeFacts = z.infer<typeof nodeFactsSchema>;

/** Quantiles of all valid rounds' merged histogram, for percentile and ECDF charts. `quantile` in 0..1, ascending. */
const distributionSchema = z.strictObject({
  ...cellShape,
  /** As the quantities name it that are statistics of it. */
  distribution: z.string(),
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

/** New connections by backend, over all valid trials and targets of a mode and spec. */
const backendSharesSchema = z.strictObject({
  modeId: z.string(),
  experiment: z.string(),
  spec: z.string(),
  connections: z.int(),
  backends: z.array(z.strictObject({ backend: z.string(), connections: z.int(), share: z.number() })),
  /** Pearson's test of uniformity; null below 5 expected connections per backend. */
  uniformity: z.strictObject({ chiSquare: z.number(), degreesOfFreedom: z.int(), pValue: z.number() }).nullable(),
});
export type BackendShares = z.infer<typeof backendSharesSchema>;

/** Data of the page's first sentences, most important first; at most three, at least one. The report words them. */
const headlineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('difference'),
    sizeServices: z.int(),
    experiment: z.string(),
    spec: z.string(),
    quantity: z.string(),
    unit: z.enum(UNITS),
    /** The higher first; with verdict `equivalent` or `unsure` the order says nothing. */
    higherModeId: z.string(),
    lowerModeId: z.string(),
    lowerValue: z.number(),
    higherValue: z.number(),
    /** Higher less lower, at the family's level. */
    difference: estimatedSchema,
    margin: z.number(),
    verdict: z.enum(VERDICTS),
  }),
  z.strictObject({ kind: z.literal('cross-over'), crossOver: crossOverSchema }),
  z.strictObject({ kind: z.literal('slope'), slope: slopeSchema }),
  /** One mode alone: nothing to compare, its own value is the answer. */
  z.strictObject({ kind: z.literal('alone'), estimate: estimateSchema }),
  /** Modes with their own values, side by side, where no verdict can be given: too few rounds in common. */
  z.strictObject({
    kind: z.literal('beside'),
    estimates: z.array(estimateSchema).min(2),
    /** Rounds that the two with the fewest have in common. */
    commonRounds: z.int(),
  }),
  /** One mode and the floor (no rules): what its rules cost. */
  z.strictObject({
    kind: z.literal('over-floor'),
    estimate: estimateSchema,
    floor: estimateSchema,
    /** Mode less floor, inside rounds. */
    difference: estimatedSchema,
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
  schemaVersion: z.literal(2),
  runId: z.string(),
  scenarioName: z.string(),
  sizesServices: z.array(z.int()),
  modeIds: z.array(z.string()),
  /** What was asked of every node, in the order of a report. */
  specs: z.array(z.strictObject({ experiment: z.string(), spec: z.string() })),
  /** Everything that is measured, with its margin; the tables below name them by id. */
  quantities: z.array(quantitySchema),
  trials: z.strictObject({ valid: z.int(), invalid: z.int() }),
  /** Per size: rounds in which at least one trial was valid, and rounds in which all were. */
  rounds: z.array(z.strictObject({ sizeServices: z.int(), started: z.int(), complete: z.int() })),
  confidence: z.number(),
  /** How the headline comparisons share one error rate. */
  family: z.strictObject({ comparisons: z.int(), method: z.string() }),
  /** How intervals were made. */
  intervalMethod: z.string(),
  headlines: z.array(headlineSchema).min(1),
  estimates: z.array(estimateSchema),
  differences: z.array(pairedDifferenceSchema),
  growths: z.array(growthSchema),
  slopes: z.array(slopeSchema),
  crossOvers: z.array(crossOverSchema),
  rules: z.array(rulesSeriesSchema),
  ruleIndex: z.array(ruleIndexSeriesSchema),
  nodes: z.array(nodeFactsSchema),
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
