/** Retransmissions of a network namespace since it began. */
export interface TcpCounters {
  readonly synRetransmits: number;
  readonly segmentRetransmits: number;
}

/**
 * Text of /proc/net/netstat and /proc/net/snmp → counters. Both files pair a line of names with a line of values.
 * A kernel that lacks a counter is an error, not a zero (TCPSynRetrans is there since Linux 3.14).
 */
export function parseTcpCounters(netstat: string, snmp: string): TcpCounters {
  return {
    synRetransmits: readCounter(netstat, 'TcpExt', 'TCPSynRetrans'),
    segmentRetransmits: readCounter(snmp, 'Tcp', 'RetransSegs'),
  };
}

function readCounter(text: string, group: string, name: string): number {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${group}:`))
    .map((line) => line.split(/\s+/));
  const value = values?.[names?.indexOf(name) ?? -1];
  if (value === undefined) throw new Error(`this kernel does not count ${group} ${name}`);
  return Number(value);
}
