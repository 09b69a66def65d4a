import { z } from 'zod';
import { estimatedSchema, quantitySchema, UNITS, VERDICTS } from './findings.ts';

/** What runs may differ in and still be compared: exactly one of these, by name. */
export const COMPARISON_AXES = ['kernel', 'kubeProxy', 'iptables', 'commit', 'testbed'] as const;
export type ComparisonAxis = (typeof COMPARISON_AXES)[number];

/** One run of a comparison; `axisValue` is what it has on the axis ("6.1.0-40-amd64"). */
const comparedRunSchema = z.strictObject({
  runId: z.string(),
  axisValue: z.string(),
  startedAt: z.iso.datetime(),
});

/** A setting other than the axis in which the runs differ; `values` in the order of the runs. */
const settingDifferenceSchema = z.strictObject({ setting: z.string(), values: z.array(z.string()) });
export type SettingDifference = z.infer<typeof settingDifferenceSchema>;

/** `programming`: from kube-proxy's start to the settle gate; one value per node and size, taken before any load, so its cells have the policy "no load". */
const comparedQuantitySchema = z.discriminatedUnion('kind', [
  ...quantitySchema.options,
  z.strictObject({ kind: z.literal('programming') }),
]);
export type ComparedQuantity = z.infer<typeof comparedQuantitySchema>;

/** One quantity in one cell: a run less the first run. Runs are independent of each other: not paired. */
const comparedCellSchema = z.strictObject({
  runId: z.string(),
  sizeServices: z.int(),
  modeId: z.string(),
  policyId: z.string(),
  quantity: comparedQuantitySchema,
  unit: z.enum([...UNITS, 'ms']),
  baseValue: z.number(),
  value: z.number(),
  difference: estimatedSchema,
  margin: z.number(),
  verdict: z.enum(VERDICTS),
});
export type ComparedCell = z.infer<typeof comparedCellSchema>;

export const OVERVIEW_QUANTITIES = [
  'programming',
  'change',
  'time-per-rule',
  'time-per-service',
  'cpu-per-connection',
] as const;

/** One number in every run, in the order of the runs; `null` where a run has none. Programming and the latency of a change are taken once and have no interval. */
const overviewRowSchema = z.strictObject({
  quantity: z.enum(OVERVIEW_QUANTITIES),
  unit: z.enum(['ms', 'ns/rule', 'ns/service', 'us']),
  /** `null`: over all sizes. */
  sizeServices: z.int().nullable(),
  policyId: z.string(),
  modeId: z.string(),
  values: z.array(estimatedSchema.nullable()),
});
export type OverviewRow = z.infer<typeof overviewRowSchema>;

/** One `--fail-on` rule and where it was broken (a difference whose whole interval lies beyond the rule's limit). */
const checkedRuleSchema = z.strictObject({
  rule: z.string(),
  broken: z.array(comparedCellSchema),
  /** Cells that the rule was held against, and those of them whose interval holds the limit, or that have too few rounds for one. */
  checked: z.int().optional(),
  unsure: z.int().optional(),
});

/** What `compare` says of two or more runs; the first is what the others are held against. */
export const comparisonSchema = z.strictObject({
  schemaVersion: z.literal(1),
  axis: z.enum(COMPARISON_AXES),
  runs: z.array(comparedRunSchema).min(2),
  confidence: z.number(),
  /** All runs are of emulated guests (an emulated run is compared with no other). */
  emulated: z.boolean().optional(),
  /** Settings that differ besides the axis. Not empty only when the comparison was forced. */
  otherDifferences: z.array(settingDifferenceSchema),
  forced: z.boolean(),
  cells: z.array(comparedCellSchema),
  overview: z.array(overviewRowSchema).optional(),
  rules: z.array(checkedRuleSchema),
  /** Cells that one run has and another lacks; they are compared nowhere. */
  missing: z
    .array(
      z.strictObject({
        sizeServices: z.int(),
        modeId: z.string(),
        policyId: z.string(),
        presentIn: z.string(),
        absentIn: z.string(),
      }),
    )
    .optional(),
});
export type Comparison = z.infer<typeof comparisonSchema>;
