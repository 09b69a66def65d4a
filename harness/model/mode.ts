import { z } from 'zod';

/** What routes Services in one node of the laboratory. `kind` is a line of mode/table.ts; the other keys are the options that this kind has there. */
const routingSchema = z.object({ kind: z.string().min(1).max(40) }).catchall(z.string().min(1).max(60));
export type Routing = z.infer<typeof routingSchema>;

/**
 * One contestant of a comparison. `id` names it everywhere (journal, tables, charts) and is unique in a scenario;
 * two contestants may have the same routing (an A/A run: `nftables#a`, `nftables#b`).
 */
export const modeSchema = z.strictObject({
  id: z.string().min(1).max(80),
  routing: routingSchema,
  /** The kube-proxy that it asks for, a version ("1.36.3") or the absolute path of a binary; `null` where none runs. A cluster has its own and does not look at this. */
  proxyVersion: z.string().min(1).nullable(),
});
export type Mode = z.infer<typeof modeSchema>;
