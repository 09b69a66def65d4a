import { describe, expect, it } from 'vitest';
import { parseGoDurationMs } from './go-duration.ts';
import { parseKlogLine } from './klog.ts';
import { decisiveLines, ProxyLog } from './log.ts';

const NEAR_MS = Date.UTC(2026, 10, 21, 12);

function read(lines: string, family: 'IPv4' | 'IPv6' = 'IPv4'): ProxyLog {
  const log = new ProxyLog({ family, now: () => NEAR_MS });
  for (const line of lines.split('\n')) log.push(line);
  return log;
}

/** Written by kube-proxy 1.36.3 with -v=2 at its start and after one endpoint went. */
const IPTABLES_1_36 = `I1121 10:29:18.859027      17 proxier.go:644] "Not syncing iptables until Services and Endpoints have been received from master" ipFamily="IPv4"
I1121 10:29:18.859351      17 proxier.go:668] "Syncing iptables rules" ipFamily="IPv4" fullSync=true
I1121 10:29:18.919656      17 proxier.go:1389] "Reloading service iptables data" ipFamily="IPv4" numServices=20 numEndpoints=58 numFilterChains=6 numFilterRules=4 numNATChains=82 numNATRules=219
I1121 10:29:18.932021      17 proxier.go:662] "SyncProxyRules complete" ipFamily="IPv4" elapsed="72.93875ms"
I1121 10:29:18.932053      17 proxier.go:668] "Syncing iptables rules" ipFamily="IPv6" fullSync=true
I1121 10:29:18.991357      17 proxier.go:662] "SyncProxyRules complete" ipFamily="IPv6" elapsed="59.303238ms"
I1121 10:29:20.509883      17 proxier.go:668] "Syncing iptables rules" ipFamily="IPv4" fullSync=false
I1121 10:29:20.544010      17 proxier.go:662] "SyncProxyRules complete" ipFamily="IPv4" elapsed="34.159915ms"`;

/** Written by kube-proxy 1.36.3 with --proxy-mode=nftables into an empty namespace. */
const NFTABLES_1_36 = `I1121 10:29:47.300209      17 proxier.go:1094] "Syncing nftables rules" ipFamily="IPv4" fullSync=true
E1121 10:29:47.322905      17 proxier.go:1169] "Failed to list existing nftables objects" err=<
	failed to run nft: Error: No such file or directory
	list table ip kube-proxy
	              ^^^^^^^^^^
 > ipFamily="IPv4"
I1121 10:29:47.340126      17 proxier.go:1088] "SyncProxyRules complete" ipFamily="IPv4" elapsed="40.36229ms"`;

/** The messages of pkg/proxy/ipvs/proxier.go, 1.36: start at -v=3, end at -v=4, no word about its kind. */
const IPVS_1_36 = `I1121 10:30:00.000000      17 proxier.go:703] "Syncing ipvs proxier rules" ipFamily="IPv4"
I1121 10:30:02.250000      17 proxier.go:694] "syncProxyRules complete" ipFamily="IPv4" elapsed="2.25s"`;

/** kubernetes/kubernetes#111219: a log of 2022 (1.24), one family, no kind. */
const IPTABLES_1_24 = `I0705 07:15:17.986509    2171 proxier.go:865] "Syncing iptables rules"
I0705 07:15:18.113364    2171 proxier.go:1495] "Reloading service iptables data" numServices=117 numEndpoints=215 numFilterChains=4 numFilterRules=4 numNATChains=338 numNATRules=897
I0705 07:15:18.162045    2171 proxier.go:832] "SyncProxyRules complete" elapsed="175.66099ms"`;

/** kubernetes/kubernetes#90031 and #61005: the unstructured lines of versions up to 1.20. */
const IPTABLES_1_20 = `I0614 19:02:33.404560       1 proxier.go:642] Not syncing iptables until Services and Endpoints have been received from master
I0614 19:02:33.404572       1 proxier.go:638] syncProxyRules took 33.571µs
I0409 20:52:01.661946 1755549 proxier.go:840] Syncing iptables rules
I0409 20:52:01.756777 1755549 proxier.go:809] syncProxyRules took 95.441782ms`;

/** Written by kube-proxy 1.20.2 in userspace mode with -v=2 --vmodule=proxier=4, in an emulated guest (hence the 7 s). */
const USERSPACE_1_20 = `I1121 15:07:40.737143     121 proxier.go:376] Not syncing userspace proxy until Services and Endpoints have been received from master
I1121 15:07:40.748172     121 proxier.go:371] userspace syncProxyRules took 11.323616ms
I1121 15:07:41.237308     121 roundrobin.go:235] LoadBalancerRR: Setting endpoints for bench-1/svc-00001:http to [10.244.0.10:8080 10.244.0.11:8080]
I1121 15:07:41.340456     121 proxier.go:696] userspace OnEndpointsSynced
I1121 15:07:43.576365     121 proxier.go:392] userspace proxy: processing 1 service events
I1121 15:07:43.577800     121 proxier.go:533] Adding new service "bench-1/svc-00001:http" at 10.96.0.2:80/TCP
I1121 15:07:49.005178     121 proxier.go:371] userspace syncProxyRules took 7.664091465s`;

describe('ProxyLog', () => {
  it.each([
    [
      'iptables 1.36',
      IPTABLES_1_36,
      [
        { durationMs: 72.93875, kind: 'full' },
        { durationMs: 34.159915, kind: 'partial' },
      ],
    ],
    ['nftables 1.36', NFTABLES_1_36, [{ durationMs: 40.36229, kind: 'full' }]],
    ['ipvs 1.36', IPVS_1_36, [{ durationMs: 2250, kind: 'full' }]],
    ['iptables 1.24', IPTABLES_1_24, [{ durationMs: 175.66099, kind: 'unknown' }]],
    ['iptables 1.20', IPTABLES_1_20, [{ durationMs: 95.441782, kind: 'unknown' }]],
    ['userspace 1.20', USERSPACE_1_20, [{ durationMs: 7664.091465, kind: 'unknown' }]],
  ])('finds every sync of %s, its duration and its kind', (_, text, expected) => {
    expect(read(text).syncs).toEqual(expected.map((sync) => expect.objectContaining(sync)));
  });

  it('keeps the other address family apart', () => {
    expect(read(IPTABLES_1_36, 'IPv6').syncs).toEqual([
      { atMs: expect.closeTo(Date.UTC(2026, 10, 21, 10, 29, 18, 991) + 0.357, 2), durationMs: 59.303238, kind: 'full' },
    ]);
  });

  it('gives the syncs that ended inside a stretch of time', () => {
    const log = read(IPTABLES_1_36);
    const second = Date.UTC(2026, 10, 21, 10, 29, 20);
    expect(log.between(second, second + 1000)).toHaveLength(1);
    expect(log.between(second + 1000, second + 2000)).toHaveLength(0);
  });

  it('tells when userspace mode took up endpoints, which it does between its syncs', () => {
    expect(read(USERSPACE_1_20).endpointsTakenMs).toBeCloseTo(Date.UTC(2026, 10, 21, 15, 7, 41, 237) + 0.308, 2);
    expect(read(IPTABLES_1_20).endpointsTakenMs).toBeNull();
  });
});

describe('decisiveLines', () => {
  it('tells why kube-proxy ended on a kernel without IPVS', () => {
    const lines = `I1121 10:29:52.293446      17 supported.go:108] "Dummy VS not created" scheduler="rr"
E1121 10:29:52.293473      17 server.go:136] "Error running ProxyServer" err="can't use the IPVS proxier: ipvs not supported"`;
    expect(decisiveLines(lines.split('\n'))).toEqual([expect.stringContaining('ipvs not supported')]);
  });

  it('keeps the lines of a value that runs over several', () => {
    const lines = `I1121 10:31:57.000000   18173 flags.go:64] FLAG: --v="2"
E1121 10:31:57.533019   18173 run.go:72] "command failed" err=<
	failed complete: failed to decode: Object 'Kind' is missing in 'bogus:
	'
 >`;
    expect(decisiveLines(lines.split('\n'))).toHaveLength(4);
  });

  it('leaves out what is left of an entry whose head was cut off', () => {
    const entry = ['E1121 10:31:57.533019   18173 run.go:72] "failed" err=<', '\ta', ' >'];
    expect(decisiveLines([...entry, ...entry])).toEqual(entry);
  });

  it('finds the error behind a page of usage text', () => {
    expect(decisiveLines(['Usage:', '  kube-proxy [flags]', '', 'Error: unknown flag: --nonsense'])).toEqual([
      'Error: unknown flag: --nonsense',
    ]);
  });

  it('falls back to the last lines when nothing is marked as an error', () => {
    expect(decisiveLines(['a', 'b', 'c'], 2)).toEqual(['b', 'c']);
  });
});

describe('parseGoDurationMs', () => {
  it.each([
    ['33.571µs', 0.033571],
    ['72.93875ms', 72.93875],
    ['6.4s', 6400],
    ['1m2.5s', 62_500],
    ['1h0m0s', 3_600_000],
    ['0s', 0],
    ['712ns', 0.000712],
  ])('reads %s', (text, ms) => expect(parseGoDurationMs(text)).toBeCloseTo(ms, 9));

  it.each(['', '5', 's', '1.5 s', '3x', 'ms3'])('refuses "%s"', (text) => expect(parseGoDurationMs(text)).toBeNull());
});

describe('parseKlogLine', () => {
  it('takes the year that lies nearest, across New Year too', () => {
    const line = 'I1231 23:59:59.500000       1 proxier.go:1] x';
    const justAfter = Date.UTC(2027, 0, 1);
    expect(parseKlogLine(line, { nearMs: justAfter })?.atMs).toBe(justAfter - 500);
  });

  it('is null for anything that is no head line', () => {
    expect(parseKlogLine('\tlist table ip kube-proxy', { nearMs: NEAR_MS })).toBeNull();
  });
});
