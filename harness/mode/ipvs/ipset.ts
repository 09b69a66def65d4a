/** Every set that kube-proxy's ipvs mode has made since 1.9 (pkg/proxy/ipvs/ipset.go). Others begin with KUBE- too: kube-router's KUBE-SRC-… and KUBE-DST-…. */
const OWN_SETS = [
  'KUBE-LOOP-BACK',
  'KUBE-CLUSTER-IP',
  'KUBE-EXTERNAL-IP',
  'KUBE-EXTERNAL-IP-LOCAL',
  'KUBE-LOAD-BALANCER',
  'KUBE-LOAD-BALANCER-LOCAL',
  'KUBE-LOAD-BALANCER-FW',
  'KUBE-LOAD-BALANCER-SOURCE-IP',
  'KUBE-LOAD-BALANCER-SOURCE-CIDR',
  'KUBE-NODE-PORT-TCP',
  'KUBE-NODE-PORT-LOCAL-TCP',
  'KUBE-NODE-PORT-UDP',
  'KUBE-NODE-PORT-LOCAL-UDP',
  'KUBE-NODE-PORT-SCTP',
  'KUBE-NODE-PORT-LOCAL-SCTP',
  'KUBE-NODE-PORT-SCTP-HASH',
  'KUBE-NODE-PORT-LOCAL-SCTP-HASH',
  'KUBE-HEALTH-CHECK-NODE-PORT',
  'KUBE-IPVS-IPS',
] as const;

/** The kernel takes no longer name, and kube-proxy cuts its own off there. */
const LONGEST_NAME = 31;

/** Those of IPv6 stand beside those of IPv4. */
const OWN_NAMES: ReadonlySet<string> = new Set(
  OWN_SETS.flatMap((name) => [name, name.replace('KUBE-', 'KUBE-6-').slice(0, LONGEST_NAME)]),
);

/** `ipset list -t` (headers only) → entries by set. Sets of ipset before 7 (protocol 6) do not count themselves and are left out. */
export function parseIpsetEntries(text: string): ReadonlyMap<string, number> {
  const entries = new Map<string, number>();
  let name = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('Name: ')) name = line.slice(6).trimEnd();
    const count = /^Number of entries: (\d+)\s*$/.exec(line)?.[1];
    if (count !== undefined) entries.set(name, Number(count));
  }
  return entries;
}

/** Entries of kube-proxy's own sets together, those of both address families. */
export function sumKubeSetEntries(entries: ReadonlyMap<string, number>): number {
  return [...entries].reduce((sum, [name, count]) => (OWN_NAMES.has(name) ? sum + count : sum), 0);
}
