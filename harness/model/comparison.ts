import { z } from 'zod';
import { estimatedSchema, quantitySchema, UNITS, VERDICTS } from './findings.ts';

/** What runs may differ in and still be compared: exactly one of these, by name. */
export const COMPARISON_AXES = ['kernel', 'kubeProxy', 'iptables', 'commit', 'testbed'] as const;
export type ComparisonAxis = (typeof COMPARISON_AXES)[number];

/** One run of a comparison; `axisValue` is what it has on the axis ("6.1.0-40-amd64"). */
export const comparedRunSchema = z.strictObject({
  runId: z.string(),
  axisValue: z.string(),
  startedAt: z.iso.datetime(),
});

/** A setting other than the axis in which the runs differ; `values` in the order of the runs. */
export const settingDifferenceSchema = z.strictObject({ setting: z.string(), values: z.array(z.string()) });
export type SettingDifference = z.infer<typeof settingDifferenceSchema>;

/** One quantity in one cell: a run less the first run. Runs are independent of each other: not paired. */
export const comparedCellSchema = z.strictObject({
  runId: z.string(),
  sizeServices: z.int(),
  modeId: z.string(),
  policyId: z.string(),
  quantity: quantitySchema,
  unit: z.enum(UNITS),
  baseValue: z.number(),
  value: z.number(),
  difference: estimatedSchema,
  margin: z.number(),
  verdict: z.enum(VERDICTS),
});
export type ComparedCell = z.infer<typeof comparedCellSchema>;

/** One `--fail-on` rule and where it was broken (a difference whose whole interval lies beyond the rule's limit). */
export const checkedRuleSchema = z.strictObject({ rule: z.string(), broken: z.array(comparedCellSchema) });

/** What `compare` says of two or more runs; the first is what the others are held against. */
export const comparisonSchema = z.strictObject({
  schemaVersion: z.literal(1),
  axis: z.enum(COMPARISON_AXES),
  runs: z.array(comparedRunSchema).min(2),
  confidence: z.number(),
  /** Settings that differ besides the axis. Not empty only when the comparison was forced. */
  otherDifferences: z.array(settingDifferenceSchema),
  forced: z.boolean(),
  cells: z.array(comparedCellSchema),
  rules: z.array(checkedRuleSchema),
});
export type Comparison = z.infer<typeof comparisonSchema>;
