/** Where the objects of a laboratory of namespaces have their addresses, unless the scenario says otherwise. */
export const DEFAULT_SERVICE_RANGE = '10.96.0.0/12';
export const DEFAULT_ENDPOINT_RANGE = '10.128.0.0/10';

/** What such a laboratory has for itself: pods, nodes, and the links to API servers and metrics. */
export const LABORATORY_RANGES = { pods: '10.244.0.0/16', nodes: '172.18.0.0/16', links: '100.64.0.0/16' } as const;

/**
 * Where synthetic endpoints may be in a cluster that somebody has, in this order: 198.18.0.0/15 is for benchmarks (RFC 2544), 240.0.0.0/4 is reserved
 * (RFC 1112) and some clusters have their pods there, 10.128.0.0/10 is what a laboratory takes.
 */
export const ENDPOINT_CANDIDATES = ['198.18.0.0/15', '248.0.0.0/6', '240.0.0.0/6', DEFAULT_ENDPOINT_RANGE] as const;

/**
 * Addresses that no Service and no endpoint can have. An API server refuses endpoints that are unspecified, loopback or link-local (unicast, and multicast
 * of 224.0.0.0/24): ValidateNonSpecialIP in pkg/apis/core/validation. ipvs takes none that is not unicast (ip_vs_new_dest in net/netfilter/ipvs/ip_vs_ctl.c), and to
 * Linux all of 240.0.0.0/4 but the last address is unicast.
 */
export const SPECIAL_RANGES: readonly { readonly range: string; readonly what: string }[] = [
  { range: '0.0.0.0/8', what: 'the addresses of no machine' },
  { range: '127.0.0.0/8', what: 'loopback' },
  { range: '169.254.0.0/16', what: 'link-local' },
  { range: '224.0.0.0/4', what: 'multicast' },
  { range: '255.255.255.255/32', what: 'broadcast' },
];
