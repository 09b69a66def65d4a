import { z } from 'zod';

export const IPVS_SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'dh', 'sed', 'nq', 'mh'] as const;

/** What routes Services in one node of the laboratory; `none` is the floor: plain routes to the pods, no rules. */
export const routingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('iptables'), backend: z.enum(['legacy', 'nft']) }),
  z.strictObject({ kind: z.literal('ipvs'), scheduler: z.enum(IPVS_SCHEDULERS) }),
  z.strictObject({ kind: z.literal('nftables') }),
  z.strictObject({ kind: z.literal('userspace') }),
  z.strictObject({ kind: z.literal('none') }),
  /** A mode that the harness does not set but finds, as it stands, in a cluster (Cilium, Calico eBPF, ...). */
  z.strictObject({ kind: z.literal('as-found'), name: z.string().min(1).max(60) }),
]);
export type Routing = z.infer<typeof routingSchema>;

/**
 * One contestant of a comparison. `id` names it everywhere (journal, tables, charts) and is unique in a scenario;
 * two contestants may have the same routing (an A/A run: `nftables#a`, `nftables#b`).
 */
export const modeSchema = z.strictObject({
  id: z.string().min(1).max(80),
  routing: routingSchema,
  /** kube-proxy version ("1.36.3") or absolute path of a binary; `null` takes the scenario's. */
  proxyVersion: z.string().min(1).nullable(),
});
export type Mode = z.infer<typeof modeSchema>;
