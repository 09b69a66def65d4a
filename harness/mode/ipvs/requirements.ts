import type { Requirement } from '../mode.ts';
import { IPVS_SCHEDULERS, type IpvsScheduler } from './schedulers.ts';

export function ipvsRequirements(scheduler: IpvsScheduler): readonly Requirement[] {
  const option = scheduler.toUpperCase();
  const ipset = (kind: string, ...range: string[]): Requirement => ({
    id: `ipset-${kind}`,
    command: ['ipset', 'create', `probe-${kind}`.replaceAll(/[:,]/g, '-'), kind, ...range],
    what: `ipset ${kind}`,
    option: `CONFIG_IP_SET_${kind.replaceAll(/[:,]/g, '').replace('hash', 'HASH_').replace('bitmap', 'BITMAP_').toUpperCase()}`,
    module: `ip_set_${kind.replaceAll(/[:,]/g, '').replace('hash', 'hash_').replace('bitmap', 'bitmap_')}`,
    package: 'ipset',
  });
  return [
    {
      // ipvsadm loads ip_vs, and the kernel the scheduler, when they are modules. A firewall mark per scheduler keeps several in one namespace apart.
      id: `ipvs-${scheduler}`,
      command: ['ipvsadm', '-A', '-f', String(IPVS_SCHEDULERS.indexOf(scheduler) + 1), '-s', scheduler],
      what: `ip_vs with scheduler ${scheduler}`,
      option: `CONFIG_IP_VS, CONFIG_IP_VS_${option}`,
      module: `ip_vs ip_vs_${scheduler}`,
      package: 'ipvsadm',
    },
    {
      id: 'dummy',
      command: ['ip', 'link', 'add', 'kube-ipvs0', 'type', 'dummy'],
      what: 'dummy device',
      option: 'CONFIG_DUMMY',
      module: 'dummy',
      package: 'iproute2',
    },
    ipset('hash:ip,port'),
    ipset('hash:ip,port,ip'),
    ipset('hash:ip,port,net'),
    ipset('bitmap:port', 'range', '0-65535'),
    {
      id: 'xt_set',
      command: [
        'iptables-nft',
        '-w',
        '5',
        '-t',
        'nat',
        '-A',
        'OUTPUT',
        '-m',
        'set',
        '--match-set',
        'probe-hash-ip-port',
        'dst,dst',
        '-j',
        'RETURN',
      ],
      what: 'iptables set',
      option: 'CONFIG_NETFILTER_XT_SET',
      module: 'xt_set',
      package: 'iptables',
    },
  ];
}
