import type { Requirement } from '../mode.ts';

/** kube-proxy lists tables, chains and elements with it, to clean up what is stale; an nft built without libjansson has none (rancher/rke2#8840). */
const NFT_JSON: Requirement = {
  id: 'nft-json',
  command: ['nft', '--json', 'list', 'tables'],
  says: /^\s*\{/,
  what: 'nft --json',
  option: null,
  module: null,
  package: 'nftables',
  toolLacks: 'has no JSON (it was built without libjansson), and kube-proxy lists its tables with it',
};

/** The statements and expressions of kube-proxy's nftables rules, each in a table of its own so that a "no" names one of them. */
export const NFT_REQUIREMENTS: readonly Requirement[] = [
  NFT_JSON,
  nft('table', 'chain c { type nat hook prerouting priority -100; policy accept; }', 'CONFIG_NF_TABLES', 'nf_tables'),
  nft(
    'map',
    `chain e { accept
}
map m { type ipv4_addr . inet_proto . inet_service : verdict
elements = { 192.0.2.1 . tcp . 80 comment "probe" : goto e }
}
chain c { ip daddr . meta l4proto . th dport vmap @m
}`,
    'CONFIG_NF_TABLES',
    'nf_tables',
  ),
  nft(
    'numgen',
    'chain e { accept\n}\nchain c { numgen random mod 2 vmap { 0 : goto e, 1 : goto e }\n}',
    'CONFIG_NFT_NUMGEN',
    'nft_numgen',
  ),
  nft('dnat', 'chain c { meta l4proto tcp dnat to 192.0.2.2:80\n}', 'CONFIG_NFT_NAT', 'nft_nat'),
  nft('masquerade', 'chain c { masquerade fully-random\n}', 'CONFIG_NFT_MASQ', 'nft_masq'),
  nft('fib', 'chain c { fib daddr type local accept\n}', 'CONFIG_NFT_FIB_IPV4', 'nft_fib_ipv4'),
  nft('conntrack', 'chain c { ct state new accept\n}', 'CONFIG_NFT_CT', 'nft_ct'),
  nft('reject', 'chain c { reject\n}', 'CONFIG_NFT_REJECT', 'nft_reject'),
];

function nft(name: string, body: string, option: string, module: string): Requirement {
  return {
    id: `nft-${name}`,
    command: ['nft', '-f', '-'],
    input: `table ip probe-${name} {\n${body}\n}`,
    what: name === 'table' ? 'nftables' : `nftables ${name}`,
    option,
    module,
    package: 'nftables',
  };
}
