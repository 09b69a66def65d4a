import { describe, expect, it } from 'vitest';
import { ProxyLog } from './log.ts';

function read(text: string): ProxyLog {
  const log = new ProxyLog({ now: () => Date.UTC(2026, 10, 27, 14) });
  for (const line of text.split('\n')) log.push(line);
  return log;
}

/** kube-proxy 1.36.3 in nftables mode where nothing is wrong: its first sync lists a table that is not there yet. */
const STARTED = `I1127 13:36:15.710095     538 oom_linux.go:81] failed to set "/proc/self/oom_score_adj" to "-999": write /proc/self/oom_score_adj: permission denied
I1127 13:36:15.710173     538 server.go:550] "Failed to apply OOMScore" err="write /proc/self/oom_score_adj: permission denied"
I1127 13:36:15.812540     538 proxier.go:1094] "Syncing nftables rules" ipFamily="IPv4" fullSync=true
E1127 13:36:15.831397     538 proxier.go:1169] "Failed to list existing nftables objects" err=<
	failed to run nft: Error: No such file or directory
	list table ip kube-proxy
	              ^^^^^^^^^^
 > ipFamily="IPv4"
I1127 13:36:15.841633     538 proxier.go:1088] "SyncProxyRules complete" ipFamily="IPv4" elapsed="29.124699ms"
I1127 13:36:15.841670     538 proxier.go:1094] "Syncing nftables rules" ipFamily="IPv6" fullSync=true
E1127 13:36:15.867044     538 proxier.go:1169] "Failed to list existing nftables objects" err=<
	failed to run nft: Error: No such file or directory
	list table ip6 kube-proxy
	               ^^^^^^^^^^
 > ipFamily="IPv6"
I1127 13:36:15.887478     538 proxier.go:1088] "SyncProxyRules complete" ipFamily="IPv6" elapsed="45.796365ms"`;

/** In iptables mode. */
const STARTED_IPTABLES = `E1127 13:36:06.107307     131 server.go:265] "Kube-proxy configuration may be incomplete or incorrect" err="nodePortAddresses is unset; NodePort connections will be accepted on all local IPs. Consider using \`--nodeport-addresses primary\`"
E1127 13:36:06.341195     131 metrics.go:406] "failed to collect nfacct counter" err="object not found" counter="localhost_nps_accepted_pkts"
I1127 13:36:06.520068     131 proxier.go:662] "SyncProxyRules complete" ipFamily="IPv4" elapsed="100.385679ms"
E1127 13:36:06.454066     131 metrics.go:406] "failed to collect nfacct counter" err="object not found" counter="ct_state_invalid_dropped_pkts"`;

const failedElements = (container: string, family = 'IPv4') =>
  `E1127 13:41:55.736132     122 proxier.go:991] "Failed to list nftables elements" err=<
	failed to run nft: Error: JSON support not compiled-in
 > ipFamily="${family}" containerName="${container}" containerType="set"`;
const failedSync = (
  family = 'IPv4',
) => `E1127 14:00:00.000000 1 proxier.go:1723] "nftables sync failed" err="exit status 1" ipFamily="${family}"
I1127 14:00:00.000000 1 proxier.go:1099] "Sync failed" ipFamily="${family}" retryingTime="30s"
I1127 14:00:00.000000 1 proxier.go:1088] "SyncProxyRules complete" ipFamily="${family}" elapsed="29ms"`;
const goodSync = (family = 'IPv4') =>
  `I1127 14:00:00.000000 1 proxier.go:1088] "SyncProxyRules complete" ipFamily="${family}" elapsed="29ms"`;

describe('errors that kube-proxy logs', () => {
  it.each([
    ['nftables', STARTED],
    ['iptables', STARTED_IPTABLES],
    [
      'ipvs, which is going to be removed',
      'E1127 13:36:06.1 1 server_linux.go:196] x\nE1127 13:36:06.107307       1 server_linux.go:196] "The ipvs proxier is now deprecated and may be removed in a future release. Please use \'nftables\' instead."',
    ],
    [
      '1.20 without bridges',
      'W1127 13:36:06.107307       1 proxier.go:320] missing br-netfilter module or unset sysctl br-nf-call-iptables; proxy may not work as intended',
    ],
    [
      'flags with "fail" in their names',
      'I1127 13:36:15.289965     538 flags.go:64] FLAG: --bind-address-hard-fail="false"',
    ],
  ])('are none where nothing is wrong: %s', (_mode, text) => {
    expect(read(text).takeErrors()).toEqual([]);
  });

  it('are counted by the place that logged them, with one example in one line', () => {
    const text = [failedElements('cluster-ips'), failedElements('service-ips'), goodSync()].join('\n');
    expect(read(text).takeErrors()).toEqual([
      {
        severity: 'error',
        source: 'proxier.go:991',
        count: 2,
        example:
          '"Failed to list nftables elements" err=< failed to run nft: Error: JSON support not compiled-in > ipFamily="IPv4" containerName="cluster-ips" containerType="set"',
      },
    ]);
  });

  it('are new ones at each asking', () => {
    const log = read(failedElements('a'));
    expect(log.takeErrors()).toHaveLength(1);
    expect(log.takeErrors()).toEqual([]);
    for (const line of failedSync().split('\n')) log.push(line);
    expect(log.takeErrors().map(({ source, count }) => [source, count])).toEqual([
      ['proxier.go:1723', 1],
      ['proxier.go:1099', 1],
    ]);
  });

  it('are a missing table too, once the rules of that family stood', () => {
    const [missing = ''] = /^E1127[^>]*>.*$/m.exec(STARTED) ?? [];
    expect(missing).toContain('No such file');
    expect(read(`${STARTED}\n${missing}`).takeErrors()).toHaveLength(1);
    expect(read(`${goodSync('IPv6')}\n${missing}`).takeErrors()).toEqual([]);
  });

  it.each([
    [
      'a warning',
      'W1127 14:00:00.000000 1 iptables.go:564] Could not set up iptables canary mangle/KUBE-PROXY-CANARY: exit status 3',
      'warning',
    ],
    [
      'what an older version could not restore, over several lines',
      'E0901 10:00:00.000000 1 proxier.go:1545] Failed to execute iptables-restore: exit status 1 (iptables-restore: line 7 failed\n)',
      'error',
    ],
    ['a fatal line', 'F1127 14:00:00.000000 1 server.go:1] unable to create proxier', 'fatal'],
    ['a panic of Go', 'panic: runtime error: invalid memory address\n\ngoroutine 1 [running]:', 'fatal'],
    [
      'a lost API server',
      'E1127 14:00:00.000000 1 reflector.go:205] "Failed to watch" err="failed to list *v1.Service: dial tcp"',
      'error',
    ],
    [
      'a line that is cut off',
      'E1127 14:00:00.000000 1 proxier.go:991] "Failed to list nftables elements" err=<',
      'error',
    ],
  ])('hold %s', (_what, text, severity) => {
    expect(
      read(text)
        .takeErrors()
        .map((one) => one.severity),
    ).toEqual([severity]);
  });
});

describe('what makes a kube-proxy unfit', () => {
  it('is a sync that fails again and again, not one that failed before a good one', () => {
    expect(read([failedSync(), failedSync()].join('\n')).failuresInARow).toBe(2);
    expect(read([failedSync(), failedSync(), goodSync(), failedSync()].join('\n')).failuresInARow).toBe(1);
  });

  it('is not that the other address family fails: a host may have no IPv6', () => {
    const log = read([goodSync(), failedSync('IPv6'), failedSync('IPv6'), failedElements('a', 'IPv6')].join('\n'));
    expect([log.failuresInARow, log.unreadable]).toEqual([0, 0]);
    expect(log.takeErrors()).toHaveLength(3);
  });

  it('is that it cannot read its own rules back, until a sync that can', () => {
    const failing = [failedElements('a'), failedElements('b'), goodSync()].join('\n');
    expect(read(failing).unreadable).toBe(2);
    expect(read([failing, failing].join('\n')).unreadable).toBe(4);
    expect(read([failing, goodSync()].join('\n')).unreadable).toBe(0);
  });
});
