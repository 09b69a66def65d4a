import { z } from 'zod';

/**
 * A warning or a reason for invalidity: data on the value that it qualifies, never a log line.
 * `code` is stable (`rate-missed`), `message` has the numbers, `remedy` says what to do.
 */
export const reasonSchema = z.strictObject({ code: z.string(), message: z.string(), remedy: z.string() });
export type Reason = z.infer<typeof reasonSchema>;
