import { makeLoadSpec } from '../../experiment/load/spec.ts';
import type { LoadResult, LoadSpec } from '../../model/load.ts';
import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { StandingNode } from '../../model/target.ts';
import type { MeasuredNode } from '../../testbed/node.ts';
import type { Testbed } from '../../testbed/testbed.ts';

/** How a testbed's processes are made to end by themselves. */
export interface Endings {
  /** Called when the load of `modeId` is under way, or about to be. */
  loseClient(): Promise<void>;
  endKubeProxy(): Promise<void>;
}

interface ObservedNode {
  readonly asked: { readonly sizeServices: number; readonly modeId: string };
  readonly modeId: string;
  readonly record: StandingNode;
  /** Asked for again, it is the same node. */
  readonly isSameAgain: boolean;
}

/** What the loop relies on, as JSON: a real laboratory is observed by a process inside it. */
export interface ObservedTestbed {
  readonly environment: Environment;
  readonly calibrationModeId: string | null;
  readonly nodes: readonly ObservedNode[];
  readonly unknownMode: string | null;
  readonly isAnotherNodeAfterAnotherSize: boolean;
  readonly spec: LoadSpec;
  readonly phases: readonly string[];
  /** Between the snapshots at the idle baseline, the load and its end, ms. */
  readonly idleMs: number;
  readonly loadMs: number;
  readonly result: LoadResult;
  readonly failuresBefore: readonly Reason[];
  readonly afterLostClient: Rejection | null;
  readonly failuresAfter: readonly Reason[];
  readonly abortedStandUp: Rejection | null;
  readonly abortedLoad: Rejection | null;
}

interface Rejection {
  readonly name: string;
  readonly message: string;
}

/** Uses a testbed as the loop does, then makes it lose what it can lose. `interrupt` aborts the signal that it was opened with. */
export async function observeTestbed(
  testbed: Testbed,
  options: {
    readonly scenario: Scenario;
    readonly signal: AbortSignal;
    readonly interrupt: () => void;
    readonly endings: Endings;
  },
): Promise<ObservedTestbed> {
  const { scenario, signal, interrupt, endings } = options;
  const modeIds = scenario.modes.map(({ id }) => id);
  const [firstMode = '', secondMode = ''] = modeIds;
  const [firstSize = 1, secondSize = 1] = scenario.sizesServices;
  const nodes: ObservedNode[] = [];
  for (const modeId of modeIds) nodes.push(await observeNode(testbed, { sizeServices: firstSize, modeId }, signal));
  const first = await testbed.node(firstSize, secondMode, signal);
  for (const modeId of modeIds) nodes.push(await observeNode(testbed, { sizeServices: secondSize, modeId }, signal));
  const node = await testbed.node(secondSize, secondMode, signal);
  const load = await observeLoad(node, scenario);
  const failuresBefore = testbed.failures();
  const afterLostClient = await rejectionOf(loseClient(node, scenario, endings));
  await endings.endKubeProxy();
  const failuresAfter = await waitForFailures(testbed);
  const abortedStandUp = await rejectionOf(testbed.node(firstSize, firstMode, AbortSignal.abort()));
  return {
    environment: testbed.environment,
    calibrationModeId: testbed.calibration?.mode.id ?? null,
    nodes,
    unknownMode: (await rejectionOf(testbed.node(secondSize, 'no such mode', signal)))?.message ?? null,
    isAnotherNodeAfterAnotherSize: node !== first,
    ...load,
    failuresBefore,
    afterLostClient,
    failuresAfter,
    abortedStandUp,
    abortedLoad: await rejectionOf(abortLoad(testbed.calibration ?? node, scenario, interrupt)),
  };
}

async function observeNode(testbed: Testbed, asked: ObservedNode['asked'], signal: AbortSignal): Promise<ObservedNode> {
  const node = await testbed.node(asked.sizeServices, asked.modeId, signal);
  await node.waitUntilSettled(10_000);
  const again = await testbed.node(asked.sizeServices, asked.modeId, signal);
  return { asked, modeId: node.mode.id, record: await node.describe(), isSameAgain: node === again };
}

function specOf({ loadTargets: targets, page }: MeasuredNode, scenario: Scenario): LoadSpec {
  const [policy] = scenario.load.policies;
  if (policy === undefined) throw new Error('a scenario has a policy');
  return makeLoadSpec({ scenario, policy, targets, page, seed: scenario.seed });
}

async function observeLoad(node: MeasuredNode, scenario: Scenario) {
  const spec = specOf(node, scenario);
  const phases: string[] = [];
  await using load = await node.startLoad(spec, (message) => {
    if (message.type === 'phase') phases.push(message.phase);
  });
  await load.reached('idle');
  const idle = await node.snapshot();
  await load.reached('load');
  const atLoad = await node.snapshot();
  await load.reached('done');
  const done = await node.snapshot();
  return {
    spec,
    phases,
    idleMs: atLoad.monotonicMs - idle.monotonicMs,
    loadMs: done.monotonicMs - atLoad.monotonicMs,
    result: await load.result,
  };
}

async function loseClient(node: MeasuredNode, scenario: Scenario, endings: Endings): Promise<void> {
  await endings.loseClient();
  await using load = await node.startLoad(specOf(node, scenario), () => undefined);
  await load.reached('idle');
  await load.reached('done');
  await load.result;
}

async function abortLoad(node: MeasuredNode, scenario: Scenario, interrupt: () => void): Promise<void> {
  await using load = await node.startLoad(specOf(node, scenario), ({ type, ...message }) => {
    if (type === 'phase' && 'phase' in message && message.phase === 'load') interrupt();
  });
  await load.reached('done');
  await load.result;
}

async function rejectionOf(promise: Promise<unknown>): Promise<Rejection | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    return error instanceof Error ? { name: error.name, message: error.message } : { name: '', message: String(error) };
  }
}

/** A process that was killed is known to be dead a moment later. */
async function waitForFailures(testbed: Testbed): Promise<readonly Reason[]> {
  for (let look = 0; look < 50 && testbed.failures().length === 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return testbed.failures();
}
