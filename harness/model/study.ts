import { z } from 'zod';
import { findingsSchema, rulesSeriesSchema } from './findings.ts';

const CLAIM_VERDICTS = ['reproduced', 'not reproduced', 'inconclusive', 'not measurable here'] as const;
export type ClaimVerdict = (typeof CLAIM_VERDICTS)[number];

/** A number that decided a claim, or is beside it. */
const claimNumberSchema = z.strictObject({
  label: z.string(),
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  unit: z.string(),
});
export type ClaimNumber = z.infer<typeof claimNumberSchema>;

const claimFindingSchema = z.strictObject({
  id: z.string(),
  origin: z.enum(['study', 'notes']),
  statement: z.string(),
  needs: z.string(),
  /** The decision rule, in words. */
  rule: z.string(),
  verdict: z.enum(CLAIM_VERDICTS),
  /** Why this verdict, in one sentence or two; for `inconclusive` what would settle it. */
  because: z.string(),
  numbers: z.array(claimNumberSchema),
  /** The value that the study gave as text in 2019; null where it gave none (its response times exist only as images). */
  published2019: z.string().nullable(),
  /** Scenarios that would supply what this run lacks; empty when it lacks nothing. */
  suppliedBy: z.array(z.string()),
});
export type ClaimFinding = z.infer<typeof claimFindingSchema>;

/** What a published study says of a run: its claims with their verdicts, and what is beside the run's own series in its charts. */
export const studyFindingSchema = z.strictObject({
  /** The study's name; "2019". */
  name: z.string(),
  claims: z.array(claimFindingSchema),
  /** Models of the study, beside the rules that the run counted. */
  rules: z.array(rulesSeriesSchema),
});
export type StudyFinding = z.infer<typeof studyFindingSchema>;

/** `findings.json`: everything that a report shows and that does not stand in the run's header. */
export const findingsFileSchema = findingsSchema.extend({ studies: z.array(studyFindingSchema) });
export type FindingsFile = z.infer<typeof findingsFileSchema>;
