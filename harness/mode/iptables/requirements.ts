import type { Requirement } from '../mode.ts';

export function iptablesRequirements(backend: 'legacy' | 'nft'): readonly Requirement[] {
  const rule = (name: string, words: string, option: string, module: string): Requirement => ({
    id: `iptables-${backend}-${name}`,
    command: [`iptables-${backend}`, '-w', '5', '-t', 'nat', ...words.split(' ')],
    what: `iptables ${name}`,
    option,
    module,
    package: 'iptables',
  });
  const whole = (name: 'save' | 'restore', words: readonly string[], toolLacks: string): Requirement => ({
    id: `iptables-${backend}-${name}`,
    command: [`iptables-${backend}-${name}`, ...words],
    ...(name === 'restore' ? { input: '*nat\nCOMMIT' } : {}),
    what: `iptables-${name}`,
    option: null,
    module: null,
    package: 'iptables',
    toolLacks,
  });
  const table =
    backend === 'legacy'
      ? { option: 'CONFIG_IP_NF_NAT', module: 'iptable_nat' }
      : { option: 'CONFIG_NFT_COMPAT', module: 'nft_compat' };
  return [
    rule('table', '-N BENCH', table.option, table.module),
    rule('comment', '-A BENCH -m comment --comment probe -j RETURN', 'CONFIG_NETFILTER_XT_MATCH_COMMENT', 'xt_comment'),
    rule(
      'statistic',
      '-A BENCH -m statistic --mode random --probability 0.5 -j RETURN',
      'CONFIG_NETFILTER_XT_MATCH_STATISTIC',
      'xt_statistic',
    ),
    rule(
      'conntrack',
      '-A BENCH -m conntrack --ctstate NEW -j RETURN',
      'CONFIG_NETFILTER_XT_MATCH_CONNTRACK',
      'xt_conntrack',
    ),
    rule(
      'addrtype',
      '-A BENCH -m addrtype --dst-type LOCAL -j RETURN',
      'CONFIG_NETFILTER_XT_MATCH_ADDRTYPE',
      'xt_addrtype',
    ),
    rule(
      'mark',
      '-A BENCH -m mark --mark 0x4000/0x4000 -j MARK --or-mark 0x4000',
      'CONFIG_NETFILTER_XT_MARK',
      'xt_mark',
    ),
    rule(
      'masquerade',
      '-A BENCH -j MASQUERADE --random-fully',
      'CONFIG_NETFILTER_XT_TARGET_MASQUERADE',
      'xt_MASQUERADE',
    ),
    rule('dnat', '-A BENCH -p tcp -m tcp -j DNAT --to-destination 192.0.2.1:80', 'CONFIG_NETFILTER_XT_NAT', 'xt_nat'),
    // kube-proxy reads and writes its tables by these two, with these options.
    whole('save', ['-t', 'nat'], 'does not list its rules'),
    whole('restore', ['-w', '5', '--noflush', '--counters'], 'does not take rules as kube-proxy gives them'),
  ];
}
