import { NO_KERNEL_OBJECTS } from '../../model/target.ts';
import type { NodeTables, ReadingDepth, ReadLines } from '../mode.ts';
import { NftCounter, SERVICE_MAPS } from './counts.ts';

/**
 * kube-proxy's nft objects. `quick` reads the maps of Services and the names of the chains (0.3 s at 10,000 x 10 with nft 1.0.6) and leaves
 * `rules` null; `whole` lists the table (4.2 s, nearly all of it in the kernel, 175 MB inside nft; terse or JSON output is no faster).
 */
export async function loadNftCounts(
  read: ReadLines,
  depth: ReadingDepth,
): Promise<{ mapElements: number; chains: number; rules: number | null }> {
  const counter = new NftCounter();
  if (depth === 'whole') {
    await read(['nft', 'list', 'table', 'ip', 'kube-proxy'], (line) => counter.push(line));
    return counter.counts;
  }
  for (const map of SERVICE_MAPS)
    await read(['nft', 'list', 'map', 'ip', 'kube-proxy', map], (line) => counter.push(line));
  // It prints every table of the family, and no elements.
  const chainCounter = new NftCounter();
  await read(['nft', 'list', 'chains', 'ip'], (line) => chainCounter.push(line));
  return { mapElements: counter.counts.mapElements, chains: chainCounter.counts.chains, rules: null };
}

export async function readNftTables(read: ReadLines, depth: ReadingDepth): Promise<NodeTables> {
  const { mapElements, chains, rules } = await loadNftCounts(read, depth);
  const kernelObjects = { ...NO_KERNEL_OBJECTS, nftMapElements: mapElements, nftChains: chains, nftRules: rules };
  return { kernelObjects, positions: new Map(), endpointRules: null };
}
