import { NO_KERNEL_OBJECTS } from '../../model/target.ts';
import type { NodeTables, ReadLines } from '../mode.ts';
import { type CounterDump, CounterReader } from './counters.ts';
import { IptablesCounter, type IptablesCounts } from './counts.ts';
import type { IptablesBackend } from './find-backend.ts';

/** Counts and positions of the tables nat and filter (IPv4) of one flavour. 320,000 rules: 1.5 s (legacy) of which most is iptables-save's own. */
export async function loadIptablesCounts(read: ReadLines, backend: IptablesBackend): Promise<IptablesCounts> {
  const counter = new IptablesCounter();
  // By name, because the legacy tool finds all tables in a list that an ordinary user's namespace may not read.
  for (const table of ['nat', 'filter']) {
    await read([`iptables-${backend}-save`, '-t', table], (line) => counter.push(line));
  }
  return counter.counts;
}

/** Packet counters of table nat, for `countRuleWalk`; `services` are "address:port". */
export async function loadIptablesCounters(
  read: ReadLines,
  backend: IptablesBackend,
  services: Iterable<string>,
): Promise<CounterDump> {
  const reader = new CounterReader(services);
  await read([`iptables-${backend}-save`, '-c', '-t', 'nat'], (line) => reader.push(line));
  return reader.finish();
}

export async function readIptablesTables(read: ReadLines, backend: IptablesBackend): Promise<NodeTables> {
  const counts = await loadIptablesCounts(read, backend);
  const kernelObjects = {
    ...NO_KERNEL_OBJECTS,
    natRules: counts.rulesByTable.nat ?? 0,
    filterRules: counts.rulesByTable.filter ?? 0,
    serviceJumps: counts.serviceJumps,
  };
  return { kernelObjects, positions: counts.positions, endpointRules: counts.endpointRules };
}
