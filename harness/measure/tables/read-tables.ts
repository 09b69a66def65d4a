import { type CounterDump, CounterReader } from '../../mode/iptables/counters.ts';
import { IptablesCounter, type IptablesCounts } from '../../mode/iptables/counts.ts';
import { parseIpsetEntries, sumKubeSetEntries } from '../../mode/ipvs/ipset.ts';
import { IpvsReader, type IpvsServices } from '../../mode/ipvs/virtual-servers.ts';
import { NftCounter, SERVICE_MAPS } from '../../mode/nftables/counts.ts';
import type { Routing } from '../../model/mode.ts';
import { type KernelObjects, NO_KERNEL_OBJECTS } from '../../model/target.ts';
import type { LineSource } from './line-source.ts';

/** How to reach a node's tables: commands run behind `commandPrefix` (`nsenter --net=…`, `docker exec …`, nothing). */
export interface TablesAccess {
  readonly lines: LineSource;
  readonly commandPrefix: readonly string[];
  readonly signal?: AbortSignal;
}

export type IptablesBackend = 'legacy' | 'nft';

function read(access: TablesAccess, command: readonly string[], onLine: (line: string) => void): Promise<void> {
  return access.lines.read([...access.commandPrefix, ...command], onLine, access.signal);
}

/** Chains that kube-proxy alone makes: iptables mode's canary (1.18 and later), and what ipvs and userspace mode, which set none up, hang into nat. Asked in this order: nat is long in iptables mode alone. */
const MARKS = [
  { table: 'mangle', chains: ['KUBE-PROXY-CANARY'] },
  { table: 'nat', chains: ['KUBE-LOAD-BALANCER', 'KUBE-PORTALS-CONTAINER'] },
] as const;

/**
 * Which flavour of iptables holds kube-proxy's rules, by chains that only it makes; `null` when neither.
 * The legacy tool is asked only where the kernel already has legacy tables: asking alone would create them, with their hooks. In a user namespace of
 * an ordinary user the list of tables cannot be read; there it is asked all the same, after the other one.
 */
export async function findIptablesBackend(access: TablesAccess): Promise<IptablesBackend | null> {
  const legacyTables: string[] = [];
  await read(
    access,
    [
      'sh',
      '-c',
      'cat /proc/net/ip_tables_names 2>/dev/null || if [ -e /proc/net/ip_tables_names ]; then echo unreadable; fi',
    ],
    (line) => legacyTables.push(line),
  );
  const legacyMarks = MARKS.filter(({ table }) => legacyTables.includes(table));
  if (await hasMark(access, 'legacy', legacyMarks)) return 'legacy';
  if (await hasMark(access, 'nft', MARKS)) return 'nft';
  return legacyTables.includes('unreadable') && (await hasMark(access, 'legacy', MARKS)) ? 'legacy' : null;
}

/** The flavour that a routing's rules stand in; `null` for routings without iptables, and where none stand. */
export function findBackendOf(access: TablesAccess, { kind }: Routing): Promise<IptablesBackend | null> {
  const usesIptables = kind === 'iptables' || kind === 'userspace' || kind === 'ipvs';
  return usesIptables ? findIptablesBackend(access) : Promise.resolve(null);
}

async function hasMark(
  access: TablesAccess,
  backend: IptablesBackend,
  marks: readonly (typeof MARKS)[number][],
): Promise<boolean> {
  for (const { table, chains } of marks) {
    let found = false;
    await read(access, [`iptables-${backend}-save`, '-t', table], (line) => {
      found ||= chains.some((chain) => line.startsWith(`:${chain} `));
    });
    if (found) return true;
  }
  return false;
}

/** Counts and positions of the tables nat and filter (IPv4) of one flavour. 320,000 rules: 1.5 s (legacy) of which most is iptables-save's own. */
export async function loadIptablesCounts(access: TablesAccess, backend: IptablesBackend): Promise<IptablesCounts> {
  const counter = new IptablesCounter();
  // By name, because the legacy tool finds all tables in a list that an ordinary user's namespace may not read.
  for (const table of ['nat', 'filter']) {
    await read(access, [`iptables-${backend}-save`, '-t', table], (line) => counter.push(line));
  }
  return counter.counts;
}

/** Packet counters of table nat, for `countRuleWalk`; `services` are "address:port". */
export async function loadIptablesCounters(
  access: TablesAccess,
  backend: IptablesBackend,
  services: Iterable<string>,
): Promise<CounterDump> {
  const reader = new CounterReader(services);
  await read(access, [`iptables-${backend}-save`, '-c', '-t', 'nat'], (line) => reader.push(line));
  return reader.finish();
}

/** All IPVS servers, counted; those in `wanted` ("address:port") with their destinations. */
export async function loadIpvsServices(access: TablesAccess, wanted: Iterable<string> = []): Promise<IpvsServices> {
  const reader = new IpvsReader(wanted);
  await read(access, ['ipvsadm', '--save', '--numeric'], (line) => reader.push(line));
  return reader.result;
}

async function countLines(access: TablesAccess, command: readonly string[]): Promise<number> {
  let count = 0;
  await read(access, command, () => {
    count += 1;
  });
  return count;
}

/** IPv4 addresses on ipvs mode's dummy device (`ip -o` prints one line each). */
export function countDummyAddresses(access: TablesAccess): Promise<number> {
  return countLines(access, ['ip', '-o', '-4', 'address', 'show', 'dev', 'kube-ipvs0']);
}

/** `null` where the sets do not count themselves (ipset before 7): never 0. */
async function countIpsetEntries(access: TablesAccess): Promise<number | null> {
  const text: string[] = [];
  await read(access, ['ipset', 'list', '-t'], (line) => text.push(line));
  const entries = parseIpsetEntries(text.join('\n'));
  return entries.size === 0 && text.some((line) => line.startsWith('Name: ')) ? null : sumKubeSetEntries(entries);
}

/**
 * kube-proxy's nft objects. `quick` reads the maps of Services and the names of the chains (0.3 s at 10,000 x 10 with nft 1.0.6) and leaves
 * `rules` null; `whole` lists the table (4.2 s, nearly all of it in the kernel, 175 MB inside nft; terse or JSON output is no faster).
 */
export async function loadNftCounts(
  access: TablesAccess,
  depth: 'quick' | 'whole',
): Promise<{ mapElements: number; chains: number; rules: number | null }> {
  const counter = new NftCounter();
  if (depth === 'whole') {
    await read(access, ['nft', 'list', 'table', 'ip', 'kube-proxy'], (line) => counter.push(line));
    return counter.counts;
  }
  for (const map of SERVICE_MAPS)
    await read(access, ['nft', 'list', 'map', 'ip', 'kube-proxy', map], (line) => counter.push(line));
  // It prints every table of the family, and no elements.
  const chainCounter = new NftCounter();
  await read(access, ['nft', 'list', 'chains', 'ip'], (line) => chainCounter.push(line));
  return { mapElements: counter.counts.mapElements, chains: chainCounter.counts.chains, rules: null };
}

/** What stands in one node's kernel, and where the Services' jumps are (empty in modes without an order). */
export interface NodeTables {
  readonly kernelObjects: KernelObjects;
  readonly positions: ReadonlyMap<string, number>;
  /** Rules of iptables that lead to an endpoint; `null` in modes without. For the oracle alone. */
  readonly endpointRules: number | null;
}

async function loadIptablesTables(access: TablesAccess, backend: IptablesBackend | null): Promise<NodeTables> {
  if (backend === null) return { kernelObjects: NO_KERNEL_OBJECTS, positions: new Map(), endpointRules: null };
  const counts = await loadIptablesCounts(access, backend);
  const kernelObjects = {
    ...NO_KERNEL_OBJECTS,
    natRules: counts.rulesByTable.nat ?? 0,
    filterRules: counts.rulesByTable.filter ?? 0,
    serviceJumps: counts.serviceJumps,
  };
  return { kernelObjects, positions: counts.positions, endpointRules: counts.endpointRules };
}

async function loadIpvsTables(access: TablesAccess): Promise<NodeTables> {
  const iptables = await loadIptablesTables(access, await findIptablesBackend(access));
  const { serviceCount, destinationCount } = await loadIpvsServices(access);
  const kernelObjects = {
    ...iptables.kernelObjects,
    ipvsServices: serviceCount,
    ipvsDestinations: destinationCount,
    ipsetEntries: await countIpsetEntries(access),
    dummyAddresses: await countDummyAddresses(access),
  };
  // ipvs mode's few rules match sets: there is no jump per Service to be in any place.
  return { kernelObjects, positions: new Map(), endpointRules: null };
}

async function loadNftTables(access: TablesAccess, depth: 'quick' | 'whole'): Promise<NodeTables> {
  const { mapElements, chains, rules } = await loadNftCounts(access, depth);
  const kernelObjects = { ...NO_KERNEL_OBJECTS, nftMapElements: mapElements, nftChains: chains, nftRules: rules };
  return { kernelObjects, positions: new Map(), endpointRules: null };
}

/** Counts everything that a routing mode puts into the kernel. `nft: 'quick'` leaves nftRules null; see `loadNftCounts`. */
export function loadNodeTables(
  access: TablesAccess,
  routing: Routing,
  nft: 'quick' | 'whole' = 'whole',
): Promise<NodeTables> {
  switch (routing.kind) {
    case 'iptables':
      return loadIptablesTables(access, routing.backend);
    case 'userspace':
      return findIptablesBackend(access).then((backend) => loadIptablesTables(access, backend));
    case 'ipvs':
      return loadIpvsTables(access);
    case 'nftables':
      return loadNftTables(access, nft);
    case 'none':
    case 'as-found':
      return Promise.resolve({ kernelObjects: NO_KERNEL_OBJECTS, positions: new Map(), endpointRules: null });
  }
}
