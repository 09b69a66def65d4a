import { z } from 'zod';
import { estimatedSchema, SLOPE_AXES, SLOPE_UNITS, VERDICTS } from './findings.ts';
import { quantitySchema, UNITS } from './quantity.ts';

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

/** One quantity in one cell: a run less the first run. Runs are independent of each other: not paired. */
const comparedCellSchema = z.strictObject({
  runId: z.string(),
  sizeServices: z.int(),
  modeId: z.string(),
  experiment: z.string(),
  spec: z.string(),
  quantity: z.string(),
  unit: z.enum(UNITS),
  baseValue: z.number(),
  value: z.number(),
  difference: estimatedSchema,
  margin: z.number(),
  verdict: z.enum(VERDICTS),
});
export type ComparedCell = z.infer<typeof comparedCellSchema>;

/** One number in every run, in the order of the runs; `null` where a run has none. */
const overviewRowSchema = z.strictObject({
  quantity: z.string(),
  /** What it is the slope over; `null`: its own value. */
  axis: z.enum(SLOPE_AXES).nullable(),
  unit: z.enum([...UNITS, ...SLOPE_UNITS]),
  /** `null`: over all sizes. */
  sizeServices: z.int().nullable(),
  experiment: z.string(),
  spec: z.string(),
  modeId: z.string(),
  values: z.array(estimatedSchema.nullable()),
});
export type OverviewRow = z.infer<typeof overviewRowSchema>;

/** One `--fail-on` rule and where it was broken (a difference whose whole interval lies beyond the rule's limit). */
const checkedRuleSchema = z.strictObject({
  rule: z.string(),
  broken: z.array(comparedCellSchema),
  /** Cells that the rule was applied to, and those of them whose interval holds the limit, or that have too few rounds for one. */
  checked: z.int().optional(),
  unsure: z.int().optional(),
});

/** What `compare` says of two or more runs; the others are compared with the first. */
export const comparisonSchema = z.strictObject({
  schemaVersion: z.literal(2),
  axis: z.enum(COMPARISON_AXES),
  runs: z.array(comparedRunSchema).min(2),
  confidence: z.number(),
  /** All runs are of emulated guests (an emulated run is compared with no other). */
  emulated: z.boolean().optional(),
  /** Settings that differ besides the axis. Not empty only when the comparison was forced. */
  otherDifferences: z.array(settingDifferenceSchema),
  forced: z.boolean(),
  /** Of the first run. */
  quantities: z.array(quantitySchema),
  cells: z.array(comparedCellSchema),
  overview: z.array(overviewRowSchema).optional(),
  rules: z.array(checkedRuleSchema),
  /** Cells that one run has and another lacks; they are compared nowhere. */
  missing: z
    .array(
      z.strictObject({
        sizeServices: z.int(),
        modeId: z.string(),
        experiment: z.string(),
        spec: z.string(),
        presentIn: z.string(),
        absentIn: z.string(),
      }),
    )
    .optional(),
});
export type Comparison = z.infer<typeof comparisonSchema>;
