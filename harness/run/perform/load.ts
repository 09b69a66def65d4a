import { describeConditions, judgeTrial } from '../../experiment/load/judge.ts';
import type { RunningLoad } from '../../load/running-load.ts';
import { summarizeCpuUse } from '../../measure/cpu.ts';
import { groupCores } from '../../measure/process-groups.ts';
import { PROCESS_GROUPS, type Snapshot, type Sync } from '../../model/counters.ts';
import { decodeHistogram, quantileUs } from '../../model/histogram.ts';
import type { LoadMessage, LoadResult, LoadSpec } from '../../model/load.ts';
import type { PlannedTrial } from '../../model/plan.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import type { Reason } from '../../model/reason.ts';
import type { Trial } from '../../model/trial.ts';
import type { WireResult } from '../../model/wire.ts';
import type { MeasuredNode } from '../../testbed/node.ts';

export interface TrialRequest {
  readonly planned: PlannedTrial;
  readonly node: MeasuredNode;
  readonly spec: LoadSpec;
  readonly captureWire: boolean;
  readonly settleDeadlineMs: number;
  readonly onMessage: (message: LoadMessage) => void;
  /** Processes of the laboratory that ended by themselves since the last question. */
  readonly failures: () => readonly Reason[];
}

/** Snapshots at the three edges (idle baseline | load | read-out), and the syncs between the first and the last. */
interface Edges {
  readonly idle: Snapshot;
  readonly load: Snapshot;
  readonly done: Snapshot;
  readonly syncs: readonly Sync[];
}

interface Measured {
  readonly load: LoadResult | null;
  readonly wire: WireResult | null;
  readonly edges: Edges | null;
  readonly failures: readonly Reason[];
}

interface Told extends Measured {
  readonly proxyErrors: readonly ProxyErrors[];
}

/**
 * One trial: settle gate → warm-up → idle baseline → load → read-out. What is lost on the way (the client, the capture) makes the trial
 * invalid with that reason and never throws; only the settle gate does, because nothing was measured yet then.
 */
export async function runTrial(request: TrialRequest): Promise<Trial> {
  const startedAt = new Date();
  const started = performance.now();
  await request.node.waitUntilSettled(request.settleDeadlineMs);
  const measured = { ...(await measureTrial(request)), proxyErrors: request.node.takeProxyErrors() };
  return assembleTrial({ request, measured, startedAt, durationMs: performance.now() - started });
}

async function measureTrial(request: TrialRequest): Promise<Measured> {
  const { node, spec } = request;
  await using capture = request.captureWire ? await node.startCapture(spec) : null;
  await using load = await node.startLoad(spec, request.onMessage);
  try {
    const edges = await takeEdges(node, load);
    const result = await load.result;
    const wire = capture === null ? null : await capture.finish(result);
    return { load: result, wire, edges, failures: request.failures() };
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'AbortError') throw error;
    const lost = {
      code: 'measurement-lost',
      message: error.message,
      remedy: 'see the logs of the load client and of the capture',
    };
    return { load: null, wire: null, edges: null, failures: [lost, ...request.failures()] };
  }
}

async function takeEdges(node: MeasuredNode, load: RunningLoad): Promise<Edges> {
  await load.reached('idle');
  const idle = await node.snapshot();
  await load.reached('load');
  const atLoad = await node.snapshot();
  await load.reached('done');
  const done = await node.snapshot();
  return { idle, load: atLoad, done, syncs: await node.syncsBetween(idle.wallMs, done.wallMs) };
}

function assembleTrial(parts: { request: TrialRequest; measured: Told; startedAt: Date; durationMs: number }): Trial {
  const { request, measured } = parts;
  const { edges } = measured;
  const trial: Omit<Trial, 'valid' | 'invalid'> = {
    type: 'trial',
    plan: request.planned,
    startedAt: parts.startedAt.toISOString(),
    durationMs: parts.durationMs,
    load: measured.load,
    wire: measured.wire,
    cpuIdle: edges === null ? null : useBetween(edges.idle, edges.load),
    cpuLoad: edges === null ? null : useBetween(edges.load, edges.done),
    groups: edges === null ? {} : groupUses(edges, measured),
    conntrackBefore: edges?.load.conntrack ?? null,
    conntrackAfter: edges?.done.conntrack ?? null,
    syncs: edges === null ? [] : [...edges.syncs],
    clockStepMs: edges === null ? 0 : clockStepMs(edges),
    proxyErrors: [...measured.proxyErrors],
    ...throttlingBetween(edges),
    warnings: [],
  };
  const latenessP99Us = measured.load === null ? null : latenessP99Of(measured.load);
  const { node } = request;
  const syncsPeriodically = node.syncsByItself();
  const evidence = { trial, latenessP99Us, syncsPeriodically, failures: measured.failures };
  const invalid = judgeTrial(evidence);
  return { ...trial, valid: invalid.length === 0, invalid, warnings: describeConditions(evidence) };
}

/** `null` for an engine that has no due times to be late for (autocannon): what was not recorded cannot be judged. */
function latenessP99Of({ lateness }: LoadResult): number | null {
  return lateness.count === 0 ? null : quantileUs(decodeHistogram(lateness), 0.99);
}

function useBetween(before: Snapshot, after: Snapshot) {
  return summarizeCpuUse(before.cpu, after.cpu, Math.max(1, after.monotonicMs - before.monotonicMs));
}

function throttlingBetween(edges: Edges | null): Pick<Trial, 'throttling'> {
  const [before, after] = [edges?.idle.throttling, edges?.done.throttling];
  if (before == null || after == null) return {};
  return {
    throttling: {
      periods: after.periods - before.periods,
      throttledPeriods: after.throttledPeriods - before.throttledPeriods,
      throttledMs: after.throttledMs - before.throttledMs,
    },
  };
}

/** The wall clock's movement less the monotonic clock's, over the measured part of the trial. */
function clockStepMs({ idle, done }: Edges): number {
  return done.wallMs - idle.wallMs - (done.monotonicMs - idle.monotonicMs);
}

function groupUses(edges: Edges, measured: Measured): Trial['groups'] {
  const idleMs = edges.load.monotonicMs - edges.idle.monotonicMs;
  const loadMs = edges.done.monotonicMs - edges.load.monotonicMs;
  const uses: Trial['groups'] = {};
  for (const group of PROCESS_GROUPS) {
    const idleCores = groupCores(edges.idle.groups[group], edges.load.groups[group], Math.max(1, idleMs));
    const loadCores =
      groupCores(edges.load.groups[group], edges.done.groups[group], Math.max(1, loadMs)) ??
      reportedCores(group, measured);
    if (loadCores === null) continue;
    uses[group] = {
      idleCores: idleCores ?? 0,
      loadCores,
      rssBytes: edges.done.groups[group]?.rssBytes ?? edges.load.groups[group]?.rssBytes ?? 0,
    };
  }
  return uses;
}

/** The client and the capture count their own CPU too: used when they had ended before the last snapshot. */
function reportedCores(group: string, { load, wire }: Measured): number | null {
  if (load === null) return null;
  if (group === 'client') return load.clientCpuUs / (load.durationMs * 1000);
  if (group === 'capture' && wire !== null) return wire.captureCpuUs / (load.durationMs * 1000);
  return null;
}
