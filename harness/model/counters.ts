import { z } from 'zod';

/** Classes of CPU time of /proc/stat. `user` holds nice, `guest` is inside user as the kernel counts it. */
export const CPU_CLASSES = ['user', 'system', 'irq', 'softirq', 'steal'] as const;
export type CpuClass = (typeof CPU_CLASSES)[number];

/** CPU seconds by class since boot, all cores together, and idle (iowait included). */
const cpuTimesSchema = z.strictObject({
  userS: z.number(),
  systemS: z.number(),
  irqS: z.number(),
  softirqS: z.number(),
  stealS: z.number(),
  idleS: z.number(),
  /** Cores that the times are the sum of. */
  cores: z.int().optional(),
});
export type CpuTimes = z.infer<typeof cpuTimesSchema>;

/** Average cores in use by class over a stretch of time. */
export const cpuUseSchema = z.strictObject({
  durationMs: z.number(),
  userCores: z.number(),
  systemCores: z.number(),
  irqCores: z.number(),
  softirqCores: z.number(),
  stealCores: z.number(),
  /** All classes but idle and steal. */
  busyCores: z.number(),
  /** All cores of the machine, which the hypervisor's part is judged by. Runs stored before it existed have none. */
  cores: z.int().optional(),
});
export type CpuUse = z.infer<typeof cpuUseSchema>;

/**
 * The last three are whole node containers (kind) by their cgroup: they hold the processes of the groups before them and lack what the kernel does in
 * soft interrupts, so they must not be added to anything.
 */
export const PROCESS_GROUPS = [
  'kube-proxy',
  'nginx',
  'client',
  'capture',
  'harness',
  'client-node',
  'server-node',
  'control-plane',
] as const;
export type ProcessGroup = (typeof PROCESS_GROUPS)[number];

/** CPU of a group of processes since they started, children that already ended included, and memory now. */
const groupCountersSchema = z.strictObject({ cpuUs: z.number(), rssBytes: z.number(), processes: z.int() });
export type GroupCounters = z.infer<typeof groupCountersSchema>;

/** One node's conntrack table: /proc/sys/net/netfilter/nf_conntrack_* and /proc/net/stat/nf_conntrack. */
export const conntrackSchema = z.strictObject({
  count: z.int(),
  max: z.int(),
  drop: z.int(),
  earlyDrop: z.int(),
  insertFailed: z.int(),
});
export type Conntrack = z.infer<typeof conntrackSchema>;

/** One synchronisation of kube-proxy's rules, from its log and metrics. `atMs` is Unix time of its end. */
export const syncSchema = z.strictObject({
  atMs: z.number(),
  durationMs: z.number(),
  kind: z.enum(['full', 'partial', 'unknown']),
});
export type Sync = z.infer<typeof syncSchema>;

/** How often a CPU quota has stopped the measurement's processes; a counter in a snapshot, a difference in a trial. */
export const throttlingSchema = z.strictObject({
  periods: z.int(),
  throttledPeriods: z.int(),
  throttledMs: z.number(),
});

/**
 * Everything countable on one mode's node at one instant. Differences of two snapshots are what a trial stores.
 * A testbed that cannot read a part gives `null` for it and says so in its limits.
 */
export const snapshotSchema = z.strictObject({
  /** Unix ms (wall) and monotonic ms; a step of one against the other marks a clock step. */
  wallMs: z.number(),
  monotonicMs: z.number(),
  cpu: cpuTimesSchema,
  groups: z.partialRecord(z.enum(PROCESS_GROUPS), groupCountersSchema),
  conntrack: conntrackSchema.nullable(),
  availableMemoryBytes: z.number(),
  /** Absent where the load does not come from this process's own control group; `null` where that has no quota. */
  throttling: throttlingSchema.nullable().optional(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;
