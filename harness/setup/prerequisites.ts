import type { Mode } from '../model/mode.ts';

/** A program that the laboratory calls. */
export interface Prerequisite {
  readonly tool: string;
  /** For people: what goes wrong without it. */
  readonly purpose: string;
  readonly debianPackage: string;
  /** Words that make it tell its version; only `doctor` asks. */
  readonly versionArguments: readonly string[];
  /** Which scenarios need it. */
  readonly neededFor: 'laboratory' | 'iptables' | 'ipvs' | 'nftables' | 'wire';
}

export const PREREQUISITES: readonly Prerequisite[] = [
  need('unshare', 'namespaces of the laboratory', 'util-linux', 'laboratory', '--version'),
  need('nsenter', 'starting programs inside a namespace', 'util-linux', 'laboratory', '--version'),
  need('setpriv', 'nothing survives the program', 'util-linux', 'laboratory', '--version'),
  need('flock', 'two starts do not fetch the same file', 'util-linux', 'laboratory', '--version'),
  need('ip', 'links, addresses and routes', 'iproute2', 'laboratory', '-V'),
  need('ping', 'whether a ClusterIP answers ping', 'iputils-ping', 'laboratory', '-V'),
  need('nginx', 'the backends', 'nginx', 'laboratory', '-v'),
  need('conntrack', 'kube-proxy clears entries with it', 'conntrack', 'laboratory', '--version'),
  need('modprobe', 'loading kernel modules', 'kmod', 'laboratory', '--version'),
  need('iptables-legacy', 'iptables mode, backend legacy', 'iptables', 'iptables', '--version'),
  need('iptables-nft', 'iptables mode, backend nft', 'iptables', 'iptables', '--version'),
  need('nft', 'nftables mode', 'nftables', 'nftables', '--version'),
  need('ipvsadm', 'ipvs mode: reading the tables', 'ipvsadm', 'ipvs', '--version'),
  need('ipset', 'ipvs mode: kube-proxy writes sets with it', 'ipset', 'ipvs', '--version'),
  need('tcpdump', 'the handshake on the wire', 'tcpdump', 'wire', '--version'),
];

function need(
  tool: string,
  purpose: string,
  packages: string,
  neededFor: Prerequisite['neededFor'],
  versionArgument: string,
): Prerequisite {
  return { tool, purpose, debianPackage: packages, versionArguments: [versionArgument], neededFor };
}

/** What a scenario asks of the machine; `everything` for the tests and for an installation. */
export type Demand = 'everything' | { readonly modes: readonly Mode[]; readonly wire: boolean };

/** The prerequisites that a demand cannot do without. */
export function neededPrerequisites(demand: Demand): readonly Prerequisite[] {
  if (demand === 'everything') return PREREQUISITES;
  return PREREQUISITES.filter((one) => isNeeded(one, demand));
}

function isNeeded({ neededFor, tool }: Prerequisite, demand: Exclude<Demand, 'everything'>): boolean {
  const routings = demand.modes.map((mode) => mode.routing);
  switch (neededFor) {
    case 'laboratory':
      return true;
    case 'wire':
      return demand.wire;
    case 'ipvs':
      return routings.some((routing) => routing.kind === 'ipvs');
    case 'nftables':
      return routings.some((routing) => routing.kind === 'nftables');
    case 'iptables':
      return routings.some((routing) =>
        routing.kind === 'iptables'
          ? tool === `iptables-${routing.backend}`
          : tool === 'iptables-nft' && (routing.kind === 'ipvs' || routing.kind === 'userspace'),
      );
  }
}
