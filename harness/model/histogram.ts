import { z } from 'zod';
import { holdsItsCount } from './histogram-check.ts';

/** Everything but the schema, for code that may not load zod (the load client) and for all others alike. */
export {
  decodeHistogram,
  encodeHistogram,
  makeHistogram,
  meanUs,
  mergeHistograms,
  quantileUs,
  recordUs,
} from './hdr.ts';

/**
 * A stored HDR histogram. Buckets count nanoseconds with 3 significant digits, because a rule costs 6 to 15 ns and whole
 * microseconds would hide it; everything that reads it speaks µs (`quantileUs`). `data` is HDR's own V2 compressed base64.
 */
export const histogramSchema = z
  .strictObject({
    unit: z.literal('ns'),
    count: z.int().min(0),
    data: z.string(),
  })
  .refine(holdsItsCount, { error: 'a histogram that is damaged, or holds another number of values than it says' });
export type StoredHistogram = z.infer<typeof histogramSchema>;
