import { z } from 'zod';
import { proxyErrorsSchema } from './proxy-errors.ts';

/**
 * A measured Service on one mode's node. `ruleIndex` is the position (from 0) of its jump in KUBE-SERVICES as the kernel's own dump has it
 * at that size; `null` in modes without such an order (a map, ipvs, no rules).
 */
const measuredTargetSchema = z.strictObject({
  id: z.string(),
  address: z.string(),
  port: z.int(),
  ruleIndex: z.int().nullable(),
});
export type MeasuredTarget = z.infer<typeof measuredTargetSchema>;

/** Counts of kernel objects on one node; `null` where the mode has no such object or the tool could not be asked. */
export const kernelObjectsSchema = z.strictObject({
  /** Lines "-A" in the nat and filter tables (iptables-save of the flavour that kube-proxy uses). */
  natRules: z.int().nullable(),
  filterRules: z.int().nullable(),
  /** Jumps in the chain KUBE-SERVICES of nat. */
  serviceJumps: z.int().nullable(),
  ipvsServices: z.int().nullable(),
  ipvsDestinations: z.int().nullable(),
  ipsetEntries: z.int().nullable(),
  dummyAddresses: z.int().nullable(),
  nftRules: z.int().nullable(),
  nftChains: z.int().nullable(),
  nftMapElements: z.int().nullable(),
});
export type KernelObjects = z.infer<typeof kernelObjectsSchema>;

/** Nothing was counted. */
export const NO_KERNEL_OBJECTS: KernelObjects = {
  natRules: null,
  filterRules: null,
  serviceJumps: null,
  ipvsServices: null,
  ipvsDestinations: null,
  ipsetEntries: null,
  dummyAddresses: null,
  nftRules: null,
  nftChains: null,
  nftMapElements: null,
};

/** From the first API write of a size (or kube-proxy's start, if later) to the moment the settle gate opened. */
export const programmingSchema = z.strictObject({
  /** Writing the objects into the API server. */
  loadObjectsMs: z.number(),
  /** kube-proxy's start to the settle gate open. */
  settledMs: z.number(),
  /** kube-proxy's own sync durations in that time, added up. */
  syncMs: z.number(),
  syncs: z.int(),
  kubeProxyCpuUs: z.number().nullable(),
  kubeProxyRssBytes: z.number().nullable(),
  /** Other nodes that were being programmed at the same time, so that nobody takes `settledMs` for a lone time. */
  concurrentNodes: z.int(),
});
export type Programming = z.infer<typeof programmingSchema>;

/** K7: one change of one Service, from the API write to the first connection that the changed rule carried. */
export const changeLatencySchema = z.strictObject({
  kind: z.enum(['service-added', 'endpoints-changed']),
  apiWriteToFirstConnectionMs: z.number(),
});
export type ChangeLatency = z.infer<typeof changeLatencySchema>;

/** Rules that the kernel itself counted while `connections` new connections (and `requests` requests) went through. */
export const ruleWalkSchema = z.strictObject({
  connections: z.int(),
  requests: z.int(),
  targetId: z.string(),
  ruleIndex: z.int().nullable(),
  /** Rules evaluated per new connection: jumps passed in KUBE-SERVICES up to the match plus rules of the chains entered. */
  rulesPerConnection: z.number(),
  /** Packet counters' increase at the rule that matched; equals `connections` when established packets skip the rules (S14). */
  matchedPackets: z.int(),
});
export type RuleWalk = z.infer<typeof ruleWalkSchema>;

/** K8: new connections to a Service of which some listed endpoints refuse. A mode that tries another pod then answers all of them. */
export const deadEndpointSchema = z.strictObject({
  listed: z.int(),
  dead: z.int(),
  connections: z.int(),
  answered: z.int(),
});
export type DeadEndpoint = z.infer<typeof deadEndpointSchema>;

/** K11: what answered, asked from where. */
export const reachabilitySchema = z.array(
  z.strictObject({
    what: z.enum(['clusterip-from-pod', 'clusterip-from-node', 'nodeport-from-outside']),
    answered: z.boolean(),
  }),
);

/** One mode's node at one size: what was in the kernel while the trials of that block ran. One journal line each. */
export const blockNodeSchema = z.strictObject({
  type: z.literal('node'),
  sizeServices: z.int(),
  modeId: z.string(),
  /** What kube-proxy answered at /proxyMode; `null` only for mode `none` and modes without kube-proxy. */
  proxyMode: z.string().nullable(),
  /** `kube-proxy --version`, and the sha256 of the binary that ran. */
  proxyVersion: z.string().nullable(),
  proxySha256: z.string().nullable(),
  /** The iptables flavour that holds the rules, as found in the kernel's tables. */
  iptablesBackend: z.enum(['legacy', 'nft']).nullable(),
  effectiveConfig: z.string().nullable(),
  targets: z.array(measuredTargetSchema),
  kernelObjects: kernelObjectsSchema,
  programming: programmingSchema,
  changes: z.array(changeLatencySchema),
  ruleWalks: z.array(ruleWalkSchema),
  /** Does a ClusterIP answer ping (K3)? */
  vipAnswersPing: z.boolean().nullable(),
  reachability: reachabilitySchema,
  /** Asked at the smallest size only. Runs stored before it existed have none. */
  deadEndpoint: deadEndpointSchema.nullable().optional(),
  /** What kube-proxy complained of until the node stood, harmless lines apart. Runs stored before it existed have none. */
  proxyErrors: z.array(proxyErrorsSchema).optional(),
});
export type BlockNode = z.infer<typeof blockNodeSchema>;

/** What is on a node, without what was measured there once. */
export const standingNodeSchema = blockNodeSchema.omit({
  programming: true,
  changes: true,
  ruleWalks: true,
  vipAnswersPing: true,
  reachability: true,
  deadEndpoint: true,
});
export type StandingNode = z.infer<typeof standingNodeSchema>;

/** Nothing was programmed. */
export const NO_PROGRAMMING: Programming = {
  loadObjectsMs: 0,
  settledMs: 0,
  syncMs: 0,
  syncs: 0,
  kubeProxyCpuUs: null,
  kubeProxyRssBytes: null,
  concurrentNodes: 0,
};

/** The record of a node on which nothing is programmed and no kube-proxy was asked: what is known of one is laid over it. */
export function makeBareNode(
  at: Pick<StandingNode, 'sizeServices' | 'modeId'>,
  targets: readonly Omit<MeasuredTarget, 'ruleIndex'>[],
): StandingNode {
  return {
    type: 'node',
    ...at,
    proxyMode: null,
    proxyVersion: null,
    proxySha256: null,
    iptablesBackend: null,
    effectiveConfig: null,
    targets: targets.map((target) => ({ ...target, ruleIndex: null })),
    kernelObjects: NO_KERNEL_OBJECTS,
  };
}
