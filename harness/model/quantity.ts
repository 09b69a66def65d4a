import { z } from 'zod';

export const STATISTICS = ['p50', 'mean', 'p01', 'p90', 'p99', 'p99.9'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** Inside a sentence: "median". */
export function statisticName(statistic: Statistic): string {
  return statistic === 'p50' ? 'median' : statistic;
}

export const UNITS = ['us', 'ms', 's', 'cores', 'bytes', 'count'] as const;
export type Unit = (typeof UNITS)[number];

/**
 * What is asked of a quantity besides its value in every cell: `modes`: how modes differ inside rounds; `sizes`: how much it grows over the smallest size;
 * `line`: its slope over the sizes; `runs`: how runs differ in it; `overview`: its value is in the first table of a comparison of runs;
 * `overview-line`: its slope does.
 */
const QUESTIONS = ['modes', 'sizes', 'line', 'runs', 'overview', 'overview-line'] as const;
export type Question = (typeof QUESTIONS)[number];

/** The difference that does not matter yet: the larger of `absolute` (in the quantity's unit) and `ratio` of the reference. */
const marginSchema = z.strictObject({ absolute: z.number(), ratio: z.number() });
export type Margin = z.infer<typeof marginSchema>;

/** One thing that an experiment measures. Its experiment lists it, findings carry the list, and everything that reads findings asks it. */
export const quantitySchema = z.strictObject({
  /** `handshake.p50`; what every table, rule and file calls it by. */
  id: z.string(),
  experiment: z.string(),
  /** Inside a sentence: "median handshake on the wire". */
  name: z.string(),
  /** In a table's cell: "handshake p50". */
  short: z.string(),
  meaning: z.string(),
  unit: z.enum(UNITS),
  margin: marginSchema,
  /** Its rank among the first sentences, the lowest first; `null`: not one of them. All that have one share one error rate. */
  primary: z.int().nullable(),
  asked: z.array(z.enum(QUESTIONS)),
  /** The distribution that it is a statistic of. */
  distribution: z.strictObject({ id: z.string(), name: z.string(), statistic: z.enum(STATISTICS) }).nullable(),
  /** Other words for it in `--fail-on`. */
  aliases: z.array(z.string()),
});
export type Quantity = z.infer<typeof quantitySchema>;

export function isAsked({ asked }: Quantity, question: Question): boolean {
  return asked.includes(question);
}

export function marginOf({ margin }: Quantity, referenceValue: number): number {
  return Math.max(margin.absolute, margin.ratio * Math.abs(referenceValue));
}
