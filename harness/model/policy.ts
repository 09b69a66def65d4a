import { z } from 'zod';

/**
 * When the client opens a connection: for every request, after `requests` requests (the study: 100), or never again.
 * Its id is `per-request`, `keepalive-100` or `keepalive`.
 */
export const policySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('per-request') }),
  z.strictObject({ kind: z.literal('keepalive'), requests: z.int().min(2).nullable() }),
]);
export type Policy = z.infer<typeof policySchema>;
