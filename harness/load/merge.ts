import { encodeHistogram, mergeHistograms, type StoredHistogram } from '../model/hdr.ts';
import type { LoadResult, LoadSlice, Outcomes, TargetLoad, TargetTimes } from '../model/load.ts';

/** Where the clients ran: counters of the kernel are per network namespace, so one shared by all must not be added up. */
export type ClientPlaces = 'one-namespace' | 'own-namespaces';

/**
 * Results of clients that shared one load → the result of the whole. Throws when there is none, or when they had different targets; that a client is missing
 * only the caller can know, who must not merge then. Targets come in the order of the first result.
 * Exact but for the slices: their quantiles are averages over the clients weighted by requests, because a slice does not store its histogram.
 */
export function mergeLoadResults(results: readonly LoadResult[], places: ClientPlaces): LoadResult {
  const [first] = results;
  if (first === undefined) throw new Error('no load result to merge');
  if (results.length === 1) return first;
  const addUp = (pick: (result: LoadResult) => number) => results.reduce((sum, result) => sum + pick(result), 0);
  const namespaceCount = (pick: (result: LoadResult) => number) =>
    places === 'own-namespaces' ? addUp(pick) : Math.max(...results.map(pick));
  return {
    engine: first.engine,
    startedAtMs: Math.min(...results.map((result) => result.startedAtMs)),
    endedAtMs: Math.max(...results.map((result) => result.endedAtMs)),
    requestedRateRps: addUp((result) => result.requestedRateRps),
    achievedRateRps: addUp((result) => result.achievedRateRps),
    durationMs: Math.max(...results.map((result) => result.durationMs)),
    targets: first.targets.map((target) => mergeTarget(results.map((result) => findTarget(result, target.id)))),
    lateness: addHistograms(results.map((result) => result.lateness)),
    otherErrors: addCounts(results.map((result) => result.otherErrors)),
    slowConnects: addUp((result) => result.slowConnects),
    synRetransmits: namespaceCount((result) => result.synRetransmits),
    segmentRetransmits: namespaceCount((result) => result.segmentRetransmits),
    clientCpuUs: addUp((result) => result.clientCpuUs),
    slices: mergeSlices(results.map((result) => result.slices)),
  };
}

function findTarget(result: LoadResult, id: string): TargetLoad {
  const target = result.targets.find((one) => one.id === id);
  if (target === undefined || result.targets.length === 0) throw new Error(`a load client has no target ${id}`);
  return target;
}

function mergeTarget(targets: readonly TargetLoad[]): TargetLoad {
  const [first] = targets;
  if (first === undefined) throw new Error('no target to merge');
  return {
    id: first.id,
    outcomes: addCounts(targets.map((target) => target.outcomes)) as Outcomes,
    connections: targets.reduce((sum, target) => sum + target.connections, 0),
    backends: addCounts(targets.map((target) => target.backends)),
    connectionBackends: addCounts(targets.map((target) => target.connectionBackends)),
    times: mergeTimes(targets.map((target) => target.times)),
  };
}

function mergeTimes(times: readonly TargetTimes[]): TargetTimes {
  const add = (name: keyof TargetTimes) => addHistograms(times.map((one) => one[name]));
  return {
    connect: add('connect'),
    firstByte: add('firstByte'),
    total: add('total'),
    connectFromDue: add('connectFromDue'),
    firstByteFromDue: add('firstByteFromDue'),
    totalFromDue: add('totalFromDue'),
  };
}

function addHistograms(histograms: readonly StoredHistogram[]): StoredHistogram {
  return encodeHistogram(mergeHistograms(histograms));
}

function addCounts(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of counts) for (const [key, count] of Object.entries(one)) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}

function mergeSlices(lists: readonly (readonly LoadSlice[])[]): LoadSlice[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => mergeSlice(lists.flatMap((list) => list[index] ?? [])));
}

function mergeSlice(slices: readonly LoadSlice[]): LoadSlice {
  return {
    startMs: slices[0]?.startMs ?? 0,
    requests: slices.reduce((sum, slice) => sum + slice.requests, 0),
    errors: slices.reduce((sum, slice) => sum + slice.errors, 0),
    connectP50Us: weightedMean(slices, (slice) => slice.connectP50Us),
    totalP50Us: weightedMean(slices, (slice) => slice.totalP50Us),
    totalP99Us: weightedMean(slices, (slice) => slice.totalP99Us),
  };
}

function weightedMean(slices: readonly LoadSlice[], pick: (slice: LoadSlice) => number | null): number | null {
  let sum = 0;
  let weight = 0;
  for (const slice of slices) {
    const value = pick(slice);
    if (value === null) continue;
    sum += value * slice.requests;
    weight += slice.requests;
  }
  return weight === 0 ? null : sum / weight;
}
