import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';

/** A program that the laboratory calls. */
export interface Prerequisite {
  readonly tool: string;
  /** For people: what goes wrong without it. */
  readonly purpose: string;
  readonly debianPackage: string;
  /** Words that make it tell its version. The options that are used stand before the last of them: a tool without one of them says so here. */
  readonly versionArguments: readonly string[];
  /** Words that do nothing and succeed where it has what is used; `null` when its version is enough to know. */
  readonly trial: readonly string[] | null;
  /** Whose program it must be, and the oldest version that does; `null` where any does. */
  readonly least: Least | null;
  /** Options that its build must not have (it prints them with its version); `null` when any build does. */
  readonly notBuilt: RegExp | null;
  /** What needs it. */
  readonly neededFor: Need;
}

interface Least {
  readonly maker: string;
  /** "0": any. */
  readonly version: string;
}

/** `mode`: the modes that name it among their tools. `comfort`: a run goes on without it. `guest`: starting one. */
export type Need = 'laboratory' | 'mode' | 'wire' | 'guest' | 'comfort';

const UTIL_LINUX: Least = { maker: 'util-linux', version: '2.36' };
const UNSHARE_OPTIONS = ['--fork', '--kill-child', '--mount-proc', '--keep-caps', '--map-current-user'];
const TCPDUMP_OPTIONS = ['-n', '-p', '-s', '96', '-B', '4096', '--time-stamp-precision=nano', '-Z', 'root'];

/** The one table: doctor, the check before a run, and every testbed read it. */
export const PREREQUISITES: readonly Prerequisite[] = [
  // --map-current-user and --keep-caps came with 2.36, --kill-child with 2.32 (util-linux' release notes).
  need('unshare', 'namespaces of the laboratory', 'util-linux', 'laboratory', {
    version: [...UNSHARE_OPTIONS, '--version'],
    least: UTIL_LINUX,
  }),
  need('nsenter', 'starting programs inside a namespace', 'util-linux', 'laboratory', { least: UTIL_LINUX }),
  need('setpriv', 'nothing survives the program', 'util-linux', 'laboratory', {
    version: ['--pdeathsig', 'KILL', '--version'],
    least: UTIL_LINUX,
  }),
  need('flock', 'two starts do not fetch the same file', 'util-linux', 'laboratory', {
    version: ['--exclusive', '--nonblock', '--version'],
    least: UTIL_LINUX,
  }),
  need('ip', 'links, addresses and routes', 'iproute2', 'laboratory', {
    version: ['-V'],
    trial: ['-batch', '/dev/null'],
    least: { maker: 'iproute2', version: '0' },
  }),
  // What the configuration of a backend names (testbed/netns/nginx.ts) must be built in.
  need('nginx', 'the backends', 'nginx', 'laboratory', {
    version: ['-V'],
    notBuilt: /--without-http(?:_(?:proxy|fastcgi|uwsgi|scgi)_module)?(?=\s|$)/,
  }),
  need('conntrack', 'kube-proxy clears entries with it', 'conntrack', 'laboratory'),
  need('ping', 'whether a ClusterIP answers ping', 'iputils-ping', 'comfort', { version: ['-V'] }),
  need('modprobe', 'loading kernel modules', 'kmod', 'comfort'),
  // iptables-restore waits for the lock (-w) and MASQUERADE is fully random from 1.6.2 on; kube-proxy uses both.
  need('iptables-legacy', 'iptables mode, backend legacy', 'iptables', 'mode', { least: atLeast('1.6.2') }),
  need('iptables-nft', 'iptables mode, backend nft', 'iptables', 'mode', { least: atLeast('1.6.2') }),
  // kube-proxy itself refuses nftables mode below this (KEP-3866).
  need('nft', 'nftables mode', 'nftables', 'mode', { least: atLeast('1.0.1') }),
  need('ipvsadm', 'ipvs mode: reading the tables', 'ipvsadm', 'mode'),
  // kube-proxy asks for it (pkg/proxy/ipvs, MinIPSetCheckVersion).
  need('ipset', 'ipvs mode: kube-proxy writes sets with it', 'ipset', 'mode', { least: atLeast('6.0') }),
  need('prlimit', 'userspace mode: its limit of open files', 'util-linux', 'mode'),
  need('tcpdump', 'the handshake on the wire', 'tcpdump', 'wire', {
    version: [...TCPDUMP_OPTIONS, '--version'],
    least: atLeast('4.6'),
  }),
  process.arch === 'arm64'
    ? need('qemu-system-aarch64', 'starting a guest', 'qemu-system-arm', 'guest')
    : need('qemu-system-x86_64', 'starting a guest', 'qemu-system-x86', 'guest'),
  need('depmod', "indexing a kernel's modules", 'kmod', 'guest'),
  need('python3', 'virtme-ng, which makes a guest', 'python3-venv', 'guest', {
    trial: ['-c', 'import ensurepip, venv'],
  }),
];

interface Rest {
  readonly version?: readonly string[];
  readonly trial?: readonly string[];
  readonly least?: Least;
  readonly notBuilt?: RegExp;
}

function need(
  tool: string,
  purpose: string,
  debianPackage: string,
  neededFor: Need,
  { version = ['--version'], trial, least, notBuilt }: Rest = {},
): Prerequisite {
  return {
    tool,
    purpose,
    debianPackage,
    versionArguments: version,
    trial: trial ?? null,
    least: least ?? null,
    notBuilt: notBuilt ?? null,
    neededFor,
  };
}

/** Of the tool's own package. */
function atLeast(version: string): Least {
  return { maker: '', version };
}

/** What is asked of the machine: by a place (`needs`) with these modes, with a capture on the wire or without; `everything` for the tests. */
export type Demand =
  | 'everything'
  | { readonly needs: readonly Need[]; readonly modes: readonly Mode[]; readonly wire: boolean };

/** Only what starts a guest. */
export const OF_A_GUEST: Demand = { needs: ['guest'], modes: [], wire: false };

/** The tools that a demand asks for. */
export function neededPrerequisites(demand: Demand): readonly Prerequisite[] {
  if (demand === 'everything') return PREREQUISITES.filter((one) => one.neededFor !== 'guest');
  const { needs, modes, wire } = demand;
  return PREREQUISITES.filter((one) => {
    if (!needs.includes(one.neededFor)) return false;
    if (one.neededFor === 'wire') return wire;
    return one.neededFor !== 'mode' || modes.some((mode) => isNeededByMode(one, mode));
  });
}

/** Is it a tool that this mode cannot do without? What every mode needs is not asked here. */
export function isNeededByMode({ neededFor, tool }: Prerequisite, mode: Mode): boolean {
  return neededFor === 'mode' && modeOf(mode).tools.includes(tool);
}
