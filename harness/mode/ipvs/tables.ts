import { NO_TABLES } from '../base.ts';
import { findIptablesBackend } from '../iptables/find-backend.ts';
import { readIptablesTables } from '../iptables/tables.ts';
import type { NodeTables, ReadLines } from '../mode.ts';
import { parseIpsetEntries, sumKubeSetEntries } from './ipset.ts';
import { IpvsReader, type IpvsServices } from './virtual-servers.ts';

/** All IPVS servers, counted; those in `wanted` ("address:port") with their destinations. */
async function loadIpvsServices(read: ReadLines, wanted: Iterable<string> = []): Promise<IpvsServices> {
  const reader = new IpvsReader(wanted);
  await read(['ipvsadm', '--save', '--numeric'], (line) => reader.push(line));
  return reader.result;
}

async function countLines(read: ReadLines, command: readonly string[]): Promise<number> {
  let count = 0;
  await read(command, () => {
    count += 1;
  });
  return count;
}

/** IPv4 addresses on ipvs mode's dummy device (`ip -o` prints one line each). */
function countDummyAddresses(read: ReadLines): Promise<number> {
  return countLines(read, ['ip', '-o', '-4', 'address', 'show', 'dev', 'kube-ipvs0']);
}

/** `null` where the sets do not count themselves (ipset before 7): never 0. */
async function countIpsetEntries(read: ReadLines): Promise<number | null> {
  const text: string[] = [];
  await read(['ipset', 'list', '-t'], (line) => text.push(line));
  const entries = parseIpsetEntries(text.join('\n'));
  return entries.size === 0 && text.some((line) => line.startsWith('Name: ')) ? null : sumKubeSetEntries(entries);
}

export async function readIpvsTables(read: ReadLines): Promise<NodeTables> {
  const backend = await findIptablesBackend(read);
  const iptables = backend === null ? NO_TABLES : await readIptablesTables(read, backend);
  const { serviceCount, destinationCount } = await loadIpvsServices(read);
  const kernelObjects = {
    ...iptables.kernelObjects,
    ipvsServices: serviceCount,
    ipvsDestinations: destinationCount,
    ipsetEntries: await countIpsetEntries(read),
    dummyAddresses: await countDummyAddresses(read),
  };
  // ipvs mode's few rules match sets: there is no jump per Service to be in any place.
  return { kernelObjects, positions: new Map(), endpointRules: null };
}
