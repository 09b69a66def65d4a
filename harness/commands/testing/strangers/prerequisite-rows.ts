import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stranger, StrangerPlace, StrangerStart } from './stranger.ts';

const BENCH = [
  'bench',
  '--no-install',
  '--scenario',
  'smoke',
  '--services',
  '1',
  '--rounds',
  '1',
  '--runs-dir',
  'runs',
];
const NETNS = [...BENCH, '--testbed', 'netns'];
const REFUSE = ['--if-unsupported', 'refuse'];

type Preparation = NonNullable<Stranger['prepare']>;

/** Programs that stand first on PATH, as shell scripts. */
function standIns(scripts: Readonly<Record<string, string>>): Preparation {
  return async (place: StrangerPlace): Promise<StrangerStart> => {
    const bin = join(place.directory, 'bin');
    await mkdir(bin);
    for (const [name, script] of Object.entries(scripts)) {
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    }
    return { env: { PATH: `${bin}:${process.env.PATH}` } };
  };
}

/** Tools that are not on this machine: /dev/null lies over them in a mount namespace. */
function without(...tools: readonly string[]): Preparation {
  return inMounts(
    `for tool in ${tools.join(' ')}; do path=$(PATH=$PATH:/usr/sbin:/sbin command -v $tool) && mount --bind /dev/null "$(readlink -f "$path")"; done`,
  );
}

function inMounts(script: string): Preparation {
  return async () => ({ prefix: ['unshare', '--mount', 'sh', '-c', `${script}; exec "$@"`, 'sh'] });
}

/** Another distribution, and no NGINX on it. */
function distribution(osRelease: string): Preparation {
  return inMounts(
    `f=$(mktemp) && printf '${osRelease}' >"$f" && mount --bind "$f" "$(readlink -f /etc/os-release)"; rm -f "$f"; mount --bind /dev/null "$(readlink -f "$(PATH=$PATH:/usr/sbin command -v nginx)")"`,
  );
}

const noJson = (answer: string) =>
  `for word in "$@"; do case $word in -j|--json) ${answer};; esac; done\nPATH=/usr/sbin:/sbin exec nft "$@"`;
const busybox = (tool: string) =>
  `echo "${tool}: unrecognized option '--version'" >&2; echo 'BusyBox v1.36.1 () multi-call binary.' >&2; exit 1`;

/** In a cluster, nothing of this machine is asked for and nothing installed. */
const CLUSTERS: readonly Stranger[] = [
  {
    what: 'measures a cluster from a laptop with nothing but Node, and hears of the context first',
    words: [...BENCH, '--testbed', 'cluster', '--context', 'no-such-context'],
    env: { PATH: '/nowhere' },
    exitCode: 2,
    says: ['no-such-context'],
    saysNot: [/nginx|conntrack|not found:|install/],
  },
  {
    what: 'measures a cluster without NGINX, conntrack and ipvsadm on the laptop',
    words: [...BENCH, '--testbed', 'cluster', '--context', 'no-such-context'],
    needsRoot: true,
    prepare: without('nginx', 'conntrack', 'ipvsadm'),
    exitCode: 2,
    says: ['no-such-context'],
    saysNot: [/nginx|conntrack|ipvsadm|install/],
  },
  {
    what: 'measures a cluster without a right on the laptop',
    words: [...BENCH, '--testbed', 'cluster', '--context', 'no-such-context'],
    as: 'ordinary',
    exitCode: 2,
    says: ['no-such-context'],
    saysNot: [/nginx|sudo/],
  },
  {
    what: 'makes kind clusters without an engine, and hears of the engine first',
    words: [...BENCH, '--testbed', 'kind'],
    env: { PATH: '/nowhere' },
    exitCode: 3,
    says: ['container engine', /docker: not installed/],
    saysNot: [/nginx|conntrack|tcpdump/],
  },
  {
    what: 'makes kind clusters as an ordinary user without the tools of the laboratory',
    words: [...BENCH, '--testbed', 'kind'],
    as: 'ordinary',
    needsRoot: true,
    prepare: without('nginx', 'conntrack'),
    exitCode: 3,
    says: ['container engine'],
    saysNot: [/nginx|conntrack|installing/],
  },
];

/** A tool that is there and does not do is named with what does. */
const UNFIT: readonly Stranger[] = [
  {
    what: 'has an nft without JSON',
    words: [...NETNS, '--modes', 'nftables'],
    prepare: standIns({ nft: noJson('echo "Error: JSON support not compiled-in" >&2; exit 1') }),
    exitCode: 3,
    says: ['this nft has no JSON', 'JSON support not compiled-in'],
  },
  {
    what: 'has an nft that answers in words where JSON is asked for',
    words: [...NETNS, '--modes', 'nftables', ...REFUSE],
    prepare: standIns({ nft: noJson('echo table ip nat; exit 0') }),
    exitCode: 3,
    says: ['this nft has no JSON'],
  },
  {
    what: 'has an nft that is too old for kube-proxy',
    words: [...NETNS, '--modes', 'nftables'],
    prepare: standIns({ nft: "echo 'nftables v0.9.8 (E.D.S.)'" }),
    exitCode: 3,
    says: ['is 0.9.8', 'nft 1.0.1 or later'],
  },
  {
    what: 'has an util-linux of 2019',
    words: [...NETNS, '--modes', 'nftables'],
    prepare: standIns({ unshare: "echo 'unshare from util-linux 2.34'" }),
    exitCode: 3,
    says: ['is 2.34', 'util-linux 2.36 or later'],
  },
  {
    what: 'has an unshare that does not know --kill-child',
    words: [...NETNS, '--modes', 'nftables'],
    prepare: standIns({ unshare: `echo "unshare: unrecognized option '--kill-child'" >&2; exit 1` }),
    exitCode: 3,
    says: ['--kill-child', 'util-linux 2.36 or later'],
  },
  ...['unshare', 'setpriv', 'nsenter', 'flock', 'ip'].map((tool) => ({
    what: `has BusyBox's ${tool}`,
    words: [...NETNS, '--modes', 'nftables'],
    prepare: standIns({ [tool]: busybox(tool) }),
    exitCode: 3,
    says: [`BusyBox's ${tool}`, /util-linux 2\.36 or later|iproute2/],
  })),
  {
    what: "has BusyBox's tools: it is said once",
    words: [...NETNS, '--modes', 'nftables'],
    prepare: standIns({ unshare: busybox('unshare') }),
    exitCode: 3,
    says: ["BusyBox's unshare"],
    saysNot: ['no testbed works here', 'fetching'],
  },
  {
    what: 'has a tcpdump without nanoseconds, and is told of --no-wire',
    words: [...NETNS, '--modes', 'nftables'],
    prepare: standIns({ tcpdump: `echo "tcpdump: unrecognized option '--time-stamp-precision=nano'" >&2; exit 1` }),
    exitCode: 3,
    says: ['tcpdump 4.6 or later', '--no-wire'],
  },
  {
    what: 'has an NGINX without FastCGI',
    words: [...NETNS, '--modes', 'nftables'],
    prepare: standIns({
      nginx: 'echo "nginx version: nginx/1.26.0\nconfigure arguments: --without-http_fastcgi_module" >&2',
    }),
    exitCode: 3,
    says: ['--without-http_fastcgi_module'],
  },
  {
    what: 'has an iptables of 2013',
    words: [...NETNS, '--modes', 'iptables-legacy'],
    prepare: standIns({ 'iptables-legacy': "echo 'iptables v1.4.21'" }),
    exitCode: 3,
    says: ['is 1.4.21', '1.6.2 or later'],
  },
  {
    what: 'has an ipset that is too old for kube-proxy',
    words: [...NETNS, '--modes', 'ipvs', ...REFUSE],
    prepare: standIns({ ipset: "echo 'ipset v5.4, protocol version: 5'" }),
    exitCode: 3,
    says: ['ipset 6.0 or later'],
  },
];

/** A tool that is not there: its mode is left out or refused as the scenario says, and what every mode needs ends it. */
const MISSING: readonly Stranger[] = [
  {
    what: 'has no iptables-legacy and refuses to go without',
    words: [...NETNS, '--modes', 'iptables-legacy,nftables', ...REFUSE],
    needsRoot: true,
    prepare: without('iptables-legacy'),
    exitCode: 3,
    says: [
      'iptables-legacy (iptables mode, backend legacy)',
      'what --modes names must run',
      /npm run bench -- .*--modes iptables-legacy,nftables .*--if-unsupported skip$/m,
    ],
    saysNot: ['installing'],
  },
  {
    what: 'has no iptables-legacy, names it, and is told that a scenario of skipped modes does not skip what is named',
    words: [...NETNS, '--modes', 'iptables-legacy,nftables'],
    needsRoot: true,
    prepare: without('iptables-legacy'),
    exitCode: 3,
    says: ['what --modes names must run', /--modes iptables-legacy,nftables --if-unsupported skip$/m],
    saysNot: ['installing'],
  },
  {
    what: 'has no iptables-legacy and nothing else to measure',
    words: [...NETNS, '--modes', 'none,iptables-legacy'],
    needsRoot: true,
    prepare: without('iptables-legacy'),
    exitCode: 3,
    says: ['not found: iptables-legacy', 'name others with --modes'],
    // Nothing would be left.
    saysNot: ['--if-unsupported skip'],
  },
  {
    what: 'has no nft as an ordinary user',
    words: [...NETNS, '--modes', 'nftables'],
    as: 'ordinary',
    needsRoot: true,
    prepare: without('nft'),
    exitCode: 3,
    says: ['not found: nft', /nftables$/m],
  },
  {
    what: 'has no NGINX and does not want it installed',
    words: [...NETNS, '--modes', 'nftables'],
    needsRoot: true,
    prepare: without('nginx'),
    exitCode: 3,
    says: ['not found: nginx (the backends)', /install .*nginx/],
    saysNot: ['installing', 'conntrack'],
  },
  {
    what: 'has no NGINX on Alpine',
    words: [...NETNS, '--modes', 'nftables'],
    needsRoot: true,
    prepare: distribution('ID=alpine\\n'),
    exitCode: 3,
    says: ['apk add nginx'],
  },
  {
    what: 'has no NGINX on Arch',
    words: [...NETNS, '--modes', 'nftables'],
    needsRoot: true,
    prepare: distribution('ID=arch\\n'),
    exitCode: 3,
    says: ['pacman -S --needed nginx'],
  },
  {
    what: 'has no NGINX on Rocky Linux',
    words: [...NETNS, '--modes', 'nftables'],
    needsRoot: true,
    prepare: distribution('ID="rocky"\\nID_LIKE="rhel centos fedora"\\n'),
    exitCode: 3,
    says: ['dnf install nginx'],
  },
  {
    what: 'has no QEMU for a guest',
    words: [...BENCH, '--testbed', 'vm', '--modes', 'nftables'],
    needsRoot: true,
    prepare: without('qemu-system-x86_64', 'qemu-system-aarch64'),
    exitCode: 3,
    says: [/not found: qemu-system/],
    saysNot: ['fetching'],
  },
  {
    what: 'has no npm where sudo looks, and is told Node and script by their paths',
    words: [...NETNS, '--modes', 'iptables-nft'],
    as: 'ordinary',
    needsRoot: true,
    prepare: without('npm'),
    exitCode: 3,
    says: [/sudo '?\/.*node'? '?\/.*harness\/bootstrap\.mjs'? bench --no-install/],
    saysNot: ['sudo npm'],
  },
];

const DOCTOR: readonly Stranger[] = [
  {
    what: 'asks the doctor about an nft without JSON',
    words: ['doctor'],
    prepare: standIns({ nft: noJson('echo "Error: JSON support not compiled-in" >&2; exit 1') }),
    exitCode: 0,
    says: [/– nftables +cannot run here/, /no JSON/],
  },
  {
    what: 'asks the doctor about an util-linux of 2019',
    words: ['doctor'],
    prepare: standIns({ setpriv: "echo 'setpriv from util-linux 2.31'" }),
    exitCode: 3,
    says: [/✗ setpriv/, 'util-linux 2.36 or later'],
  },
  {
    what: 'asks the doctor on a machine without NGINX',
    words: ['doctor'],
    needsRoot: true,
    prepare: without('nginx'),
    exitCode: 3,
    says: [/✗ nginx +not found \(the backends\)/, 'all at once'],
  },
  {
    what: 'asks the doctor on a machine without ping and modprobe, which a run does without',
    words: ['doctor'],
    needsRoot: true,
    prepare: without('ping'),
    exitCode: 0,
    says: [/– ping +not found/],
  },
  {
    what: 'asks how to keep it from installing anything',
    words: ['bench', '--help'],
    exitCode: 0,
    says: ['--no-install'],
  },
];

/** What is asked of a machine, by place, modes and what the scenario may leave out. */
export const PREREQUISITE_ROWS: readonly Stranger[] = [...CLUSTERS, ...UNFIT, ...MISSING, ...DOCTOR];
