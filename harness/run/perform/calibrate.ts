import { policyId } from '../../experiment/load/policy.ts';
import { makeLoadSpec } from '../../experiment/load/spec.ts';
import { summarizeCpuUse } from '../../measure/cpu.ts';
import { groupCores } from '../../measure/process-groups.ts';
import type { Snapshot } from '../../model/counters.ts';
import { mergeHistograms, quantileUs } from '../../model/histogram.ts';
import type { LoadResult, LoadSpec } from '../../model/load.ts';
import type { Policy } from '../../model/policy.ts';
import type { Capacity, Environment } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { MeasuredNode } from '../../testbed/node.ts';

const PROBE_MS = 2000;
/** The probe's own rate: enough to average over, little enough for any machine. */
const PROBE_RATE_RPS = 500;
const EMULATED_PROBE_RATE_RPS = 50;

/**
 * What the machine could do at most with one policy, straight to the pods: cores ÷ CPU time per request, at a rate that it surely can. CPU time is what client and
 * NGINX used and the machine's softirq time, not the machine's whole use, so that other work on it does not make it look slow (or, over a busy baseline,
 * endlessly fast). It is an upper bound (no queues, no rules), so a rate above half of it is refused. With a capture it also gives the
 * instrument's floor: client's connect p50 less the wire's.
 */
export async function measureCapacity(options: {
  readonly scenario: Scenario;
  readonly node: MeasuredNode;
  readonly policy: Policy;
  readonly cores: number;
  readonly execution: Environment['execution'];
}): Promise<Capacity> {
  const { scenario, node, policy } = options;
  const atMostRps = options.execution === 'emulated' ? EMULATED_PROBE_RATE_RPS : PROBE_RATE_RPS;
  const spec = probeSpec({ scenario, node, policy, atMostRps });
  await using capture = scenario.measure.wire ? await node.startCapture(spec) : null;
  await using load = await node.startLoad(spec, () => undefined);
  await load.reached('load');
  const before = await node.snapshot();
  await load.reached('done');
  const after = await node.snapshot();
  const result = await load.result;
  const wire = capture === null ? null : await capture.finish(result);
  const coresPerRequest = usedCores(before, after, result) / result.achievedRateRps;
  const connectUs = quantileUs(mergeHistograms(result.targets.map((target) => target.times.connect)), 0.5);
  const wireUs =
    wire === null ? Number.NaN : quantileUs(mergeHistograms(wire.targets.map((target) => target.handshake)), 0.5);
  const floorUs = connectUs - wireUs;
  return {
    policyId: policyId(policy),
    requestsPerSecond: options.cores / coresPerRequest,
    clientFloorUs: Number.isNaN(floorUs) ? null : floorUs,
  };
}

/** Cores that the requests took: client, NGINX, and the packets' way through the kernel. */
function usedCores(before: Snapshot, after: Snapshot, result: LoadResult): number {
  const durationMs = Math.max(1, after.monotonicMs - before.monotonicMs);
  const nginx = groupCores(before.groups.nginx, after.groups.nginx, durationMs) ?? 0;
  const { softirqCores } = summarizeCpuUse(before.cpu, after.cpu, durationMs);
  return result.clientCpuUs / (result.durationMs * 1000) + nginx + softirqCores;
}

function probeSpec(options: { scenario: Scenario; node: MeasuredNode; policy: Policy; atMostRps: number }): LoadSpec {
  const { scenario, node, policy, atMostRps } = options;
  const spec = makeLoadSpec({ scenario, policy, targets: node.loadTargets, page: node.page, seed: scenario.seed });
  const rateRps = Math.min(scenario.load.rateRps, atMostRps);
  return { ...spec, engine: 'open-loop', rateRps, warmUpMs: 300, idleMs: 500, durationMs: PROBE_MS };
}
