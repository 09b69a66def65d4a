import { median } from 'simple-statistics';
import type { NodeFacts } from '../model/findings.ts';
import type { Run } from '../model/run.ts';
import type { BlockNode } from '../model/target.ts';

function summarizeChanges({ changes }: BlockNode): NodeFacts['changes'] {
  const byKind = Map.groupBy(changes, ({ kind }) => kind);
  return [...byKind].map(([kind, ofKind]) => {
    const latenciesMs = ofKind.map((change) => change.apiWriteToFirstConnectionMs);
    return {
      kind,
      medianMs: median(latenciesMs),
      lowestMs: Math.min(...latenciesMs),
      highestMs: Math.max(...latenciesMs),
      count: latenciesMs.length,
    };
  });
}

/** What was in the kernel of every node at every size, and what was seen there once. */
export function listNodeFacts(run: Run): NodeFacts[] {
  return run.nodes
    .map((node) => ({
      sizeServices: node.sizeServices,
      modeId: node.modeId,
      concurrentNodes: node.programming.concurrentNodes,
      kernelObjects: node.kernelObjects,
      changes: summarizeChanges(node),
    }))
    .sort((one, other) => one.sizeServices - other.sizeServices);
}
