import { IPVS_SCHEDULERS, type Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { Reason } from '../model/reason.ts';
import { readMachine } from '../supply/packages/ensure.ts';
import { formatInstallation } from '../supply/packages/installation.ts';
import type { Exec } from '../system/exec.ts';
import { asRoot } from '../system/root-command.ts';
import { askKernel, type KernelAnswer, type KernelProbe } from './kernel-probe.ts';

/** A probe with what its "no" means. */
interface Requirement extends KernelProbe {
  /** For people: "the ipvs module". */
  readonly what: string;
  /** The kernel options that give it; `null` when it is none of the kernel's build. */
  readonly option: string | null;
  /** The module, where one can be loaded by name. */
  readonly module: string | null;
  /** The tool's Debian package. */
  readonly package: string;
  /** What an answer must look like beside exit code 0. */
  readonly says?: RegExp;
  /** Set where a "no" is the tool's and not the kernel's, as long as the kernel says yes to the rest: what the tool lacks. */
  readonly toolLacks?: string;
}

/**
 * Can this kernel run these modes? Asks the kernel itself: makes one object of every kind that kube-proxy would make, in a network namespace
 * that is thrown away. Takes well under 300 ms. `as-found` is only ever found in clusters.
 */
export async function probeModes(
  modes: readonly Mode[],
  exec: Exec,
  user: 'root' | 'ordinary' = process.getuid?.() === 0 ? 'root' : 'ordinary',
): Promise<ModeSupport[]> {
  const wanted = modes.map((mode) => ({ mode, requirements: modeRequirements(mode) }));
  const probes = [...new Map(wanted.flatMap((one) => one.requirements).map((one) => [one.id, one])).values()];
  const asked = await askKernel(exec, [...probes, RELEASE], user);
  if (asked.kind === 'no-namespaces') return modes.map((mode) => refused(mode, noNamespaces(asked.why, user)));
  return wanted.map(({ mode, requirements }) =>
    user === 'ordinary' && isNftFlavour(mode)
      ? refused(mode, needsRoot())
      : judgeMode(mode, requirements, asked.answers),
  );
}

const RELEASE: KernelProbe = { id: 'release', command: ['uname', '-r'] };

function refused(mode: Mode, reason: Reason): ModeSupport {
  return { mode, supported: false, reason };
}

function judgeMode(
  mode: Mode,
  requirements: readonly Requirement[],
  answers: ReadonlyMap<string, KernelAnswer>,
): ModeSupport {
  if (mode.routing.kind === 'as-found') return refused(mode, AS_FOUND);
  const release = answers.get(RELEASE.id)?.output ?? '';
  if (mode.routing.kind === 'nftables' && isOlder(release, [5, 13, 0])) return refused(mode, tooOld(release));
  const lacking = requirements.filter((one) => !isMet(one, answers.get(one.id)));
  if (lacking.length === 0) return { mode, supported: true };
  if (lacking.includes(OPEN_FILES)) return refused(mode, FEW_OPEN_FILES);
  return refused(mode, lackReason({ mode, lacking, answers, release }));
}

function isMet({ says }: Requirement, answer: KernelAnswer | undefined): boolean {
  return answer?.exitCode === 0 && (says === undefined || says.test(answer.output));
}

const AS_FOUND: Reason = {
  code: 'mode-only-in-cluster',
  message: 'a mode "as found" is whatever an existing cluster runs; the laboratory has nothing to find',
  remedy: 'measure it with --testbed cluster',
};

function isNftFlavour({ routing }: Mode): boolean {
  return routing.kind === 'iptables' && routing.backend === 'nft';
}

/** Seen with iptables 1.8.9: from about 50 Services on, "sendmsg() failed: Message too long". */
const needsRoot = (): Reason => ({
  code: 'needs-root',
  message:
    'iptables-nft-restore sends all rules in one netlink message, and only root of the machine may have a buffer for that (SO_SNDBUFFORCE)',
  remedy: asRoot(),
});

function noNamespaces(why: string, user: 'root' | 'ordinary'): Reason {
  const remedy =
    user === 'root'
      ? 'give this container the right to make namespaces (docker run --privileged, or CAP_SYS_ADMIN and CAP_NET_ADMIN)'
      : `${asRoot()}\n    or allow user namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns`;
  return { code: 'no-namespaces', message: `network namespaces cannot be made here: ${firstLine(why)}`, remedy };
}

function lackReason(found: {
  readonly mode: Mode;
  readonly lacking: readonly Requirement[];
  readonly answers: ReadonlyMap<string, KernelAnswer>;
  readonly release: string;
}): Reason {
  const { lacking, answers, release } = found;
  const tools = lacking.filter((one) => answers.get(one.id)?.exitCode === 127);
  if (tools.length > 0) return toolMissing(tools);
  if (lacking.every((one) => one.toolLacks !== undefined)) return toolUnfit(lacking, answers);
  const options = [...new Set(lacking.flatMap((one) => one.option ?? []))];
  const modules = [...new Set(lacking.flatMap((one) => one.module ?? []))];
  const said = firstLine(answers.get(lacking[0]?.id ?? '')?.output ?? '');
  return {
    code: 'kernel-lacks-module',
    message: `kernel ${release} has no ${lacking.map((one) => one.what).join(', no ')} (${options.join(', ')}); it answers: ${said}`,
    remedy: `${readMachine().user === 'root' ? '' : 'sudo '}modprobe -a ${modules.join(' ')}\n    where there is no such module: --testbed vm, whose kernels have all of them`,
  };
}

function toolMissing(tools: readonly Requirement[]): Reason {
  const names = [...new Set(tools.map((one) => one.command[0]))].join(', ');
  const packages = [...new Set(tools.map((one) => one.package))];
  return { code: 'tool-missing', message: `${names} not found`, remedy: formatInstallation(packages, readMachine()) };
}

/** The kernel has it all, and the tool does not speak with it as kube-proxy needs it. */
function toolUnfit(tools: readonly Requirement[], answers: ReadonlyMap<string, KernelAnswer>): Reason {
  const lines = tools.map(
    ({ id, command, toolLacks }) =>
      `this ${command[0]} ${toolLacks}; to "${command.join(' ')}" it answers: ${firstLine(answers.get(id)?.output ?? '')}`,
  );
  const packages = [...new Set(tools.map((one) => one.package))];
  return {
    code: 'tool-unfit',
    message: lines.join('; '),
    remedy: `${formatInstallation(packages, readMachine())}\n    the one that does must stand first on PATH`,
  };
}

/** kube-proxy itself refuses nftables mode below it (KEP-3866); nft's own least version is in supply/packages/prerequisites.ts. */
function tooOld(release: string): Reason {
  const message = `nftables mode needs kernel 5.13 or later, this is ${release}`;
  return { code: 'kernel-too-old', message, remedy: 'run a newer kernel, or --testbed vm' };
}

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split(/[^\d]+/).map(Number);
  for (const [index, wanted] of than.entries()) {
    const have = parts[index] ?? 0;
    if (have !== wanted) return have < wanted;
  }
  return false;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() || 'nothing';
}

/** One object of every kind that the mode's kube-proxy makes. Every laboratory needs veth. */
export function modeRequirements(mode: Mode): readonly Requirement[] {
  const { routing } = mode;
  switch (routing.kind) {
    case 'none':
      return [VETH];
    case 'as-found':
      return [];
    case 'iptables':
      return [VETH, ...iptablesRequirements(routing.backend)];
    // Its rules for NodePorts and masquerading go through the nft flavour here (dataplane/kube-proxy/process.ts, iptablesFlavour).
    case 'userspace':
      return [VETH, OPEN_FILES, ...iptablesRequirements('nft')];
    case 'ipvs':
      return [VETH, ...ipvsRequirements(routing.scheduler), ...iptablesRequirements('nft')];
    case 'nftables':
      return [VETH, ...NFT_REQUIREMENTS];
  }
}

const VETH: Requirement = {
  id: 'veth',
  command: ['ip', 'link', 'add', 'veth-a', 'type', 'veth', 'peer', 'name', 'veth-b'],
  what: 'veth links',
  option: 'CONFIG_VETH',
  module: 'veth',
  package: 'iproute2',
};

/** kube-proxy's userspace proxier raises its limit of open files to 64,000 and ends when it may not (pkg/proxy/userspace/rlimit.go, 1.20). */
const OPEN_FILES: Requirement = {
  id: 'open-files',
  command: ['prlimit', '--nofile=64000:64000', 'true'],
  what: 'room for 64,000 open files',
  option: null,
  module: null,
  package: 'util-linux',
};

const FEW_OPEN_FILES: Reason = {
  code: 'few-open-files',
  message:
    'kube-proxy raises its limit of open files to 64,000 in userspace mode, and may not here (the hard limit is lower, and CAP_SYS_RESOURCE is missing)',
  remedy: 'raise the hard limit before (ulimit -Hn 64000), or take --testbed vm: a guest has the right',
};

function iptablesRequirements(backend: 'legacy' | 'nft'): readonly Requirement[] {
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

function ipvsRequirements(scheduler: (typeof IPVS_SCHEDULERS)[number]): readonly Requirement[] {
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
const NFT_REQUIREMENTS: readonly Requirement[] = [
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
