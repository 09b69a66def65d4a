import { type NodeFact, withFacts } from '../../experiment/node-facts.ts';
import { EXPERIMENT_IDS, EXPERIMENTS } from '../../experiment/table.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { BlockNode } from '../../model/target.ts';
import { isSlow } from '../../system/patience.ts';
import type { MeasuredNode } from '../../testbed/node.ts';
import { PERFORM_ONCE } from './table.ts';

/** Asks a node that stands everything that is asked once, one question after the other, and then for what stands there. */
export async function performOnce(node: MeasuredNode, scenario: Scenario): Promise<BlockNode> {
  const world = { scenario, isSlow: isSlow() };
  const facts: NodeFact[] = [];
  for (const id of EXPERIMENT_IDS) {
    if (id === 'load') continue;
    for (const spec of EXPERIMENTS[id].expand(scenario, node.sizeServices)) {
      const data = await PERFORM_ONCE[id](node, spec, world);
      if (data !== null) facts.push({ id, data } as NodeFact);
    }
  }
  return withFacts(await node.describe(), facts);
}
