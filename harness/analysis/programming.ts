import { median } from 'simple-statistics';
import type { ProgrammingFinding } from '../model/findings.ts';
import type { Run } from '../model/run.ts';
import type { BlockNode } from '../model/target.ts';

function summarizeChanges({ changes }: BlockNode): ProgrammingFinding['changes'] {
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

/** How every node was programmed at every size: one value each. */
export function summarizeProgramming(run: Run): ProgrammingFinding[] {
  return run.nodes
    .map((node) => {
      const { kubeProxyCpuUs, ...programming } = node.programming;
      return {
        sizeServices: node.sizeServices,
        modeId: node.modeId,
        ...programming,
        kubeProxyCpuS: kubeProxyCpuUs === null ? null : kubeProxyCpuUs / 1e6,
        kernelObjects: node.kernelObjects,
        changes: summarizeChanges(node),
      };
    })
    .sort((one, other) => one.sizeServices - other.sizeServices);
}
