import { expect, test } from 'vitest';
import { parseTcpCounters } from './tcp-counters.ts';

const NETSTAT = 'TcpExt: SyncookiesSent TCPSynRetrans TCPOrigDataSent\nTcpExt: 1 17 3\nIpExt: InNoRoutes\nIpExt: 0\n';
const SNMP = 'Ip: Forwarding\nIp: 1\nTcp: RtoAlgorithm RetransSegs InErrs\nTcp: 1 23 0\n';

test('retransmits are read by name from the pairs of lines of /proc/net', () => {
  expect(parseTcpCounters(NETSTAT, SNMP)).toEqual({ synRetransmits: 17, segmentRetransmits: 23 });
});

test('a kernel that lacks a counter is an error, not a zero', () => {
  expect(() => parseTcpCounters(NETSTAT.replace('TCPSynRetrans', 'Other'), SNMP)).toThrow(
    'does not count TcpExt TCPSynRetrans',
  );
});
