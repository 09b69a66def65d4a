import type { Guest } from '../../model/guest.ts';
import { formatCommand } from '../../system/shell-words.ts';
import { type GuestTools, INIT_BIN } from './guest-tools.ts';

/** Where things stand inside the guest. Its root is the host's, read-only; all of this is on memory of its own. */
export const INSIDE = {
  /** The host's root once more, cached: the guest's own root asks the host for every byte every time. */
  host: '/tmp/bench/host',
  run: '/tmp/bench/run',
  control: '/tmp/bench/control',
  compileCache: '/tmp/bench/compile-cache',
  etc: '/tmp/bench/etc',
  work: '/tmp/bench/work',
  /** Stands for /lib where the host's has no modules. */
  lib: '/tmp/bench/lib',
} as const;

/** What getprotobyname(3) and its like read. `ipset restore` asks for "tcp" with every line. */
const NAME_FILES = ['nsswitch.conf', 'protocols', 'services'];

/** Directories of the host that the guest may write into. */
export interface GuestShares {
  /** The run's own directory. */
  readonly run: string;
  /** Request and events, stop and exit code: the openings in the wall. */
  readonly control: string;
  /** What Node has compiled, kept from guest to guest: in an emulated guest, compiling takes longer than anything else at a start. */
  readonly compileCache: string;
}

const TAGS = { host: 'bench.host', run: 'bench.run', control: 'bench.control', compileCache: 'bench.compile' } as const;

/** The words that start a guest. virtme-run makes the initramfs, finds the modules and starts QEMU; what it mounts writable would lie below the host's /tmp, so the shares are our own. */
export function guestCommand(options: {
  readonly virtme: string;
  readonly tools: GuestTools;
  readonly guest: Guest;
  readonly shares: GuestShares;
  readonly script: string;
}): readonly string[] {
  const { virtme, tools, guest, shares, script } = options;
  return [
    virtme,
    ...['--kimg', guest.imagePath, '--mods=auto', '--force-9p', '--disable-microvm'],
    ...(guest.execution === 'emulated' ? ['--disable-kvm'] : []),
    ...['--cpus', String(guest.cpus), '--memory', `${guest.memoryMib}M`],
    '--show-boot-console',
    ...['--busybox', tools.busybox],
    ...(tools.initBin === null ? [] : mountForInit(tools.initBin)),
    ...FEW_PORTS,
    ...kernelWords(guest).map((word) => `--kopt=${word}`),
    ...virtfs({ path: '/', tag: TAGS.host, access: 'read' }),
    ...virtfs({ path: shares.run, tag: TAGS.run, access: 'write' }),
    ...virtfs({ path: shares.control, tag: TAGS.control, access: 'write' }),
    ...virtfs({ path: shares.compileCache, tag: TAGS.compileCache, access: 'write' }),
    ...['--script-sh', script],
  ];
}

/** What virtme-run's own --rodir does; that refuses a place that no writable overlay holds (virtme-ng 1.35). The guest's first program mounts it before it looks for udev. */
function mountForInit(directory: string): readonly string[] {
  const share = virtfs({ path: directory, tag: 'virtme.initmount0', access: 'read' });
  // virtme-ng has two first programs; the one in bash looks for udevd on its PATH.
  return [...share, `--kopt=virtme_initmount0=${INIT_BIN}`, '--no-virtme-ng-init'];
}

/**
 * virtme's six serial devices have 31 ports each unless they are told, and QEMU's main loop looks at the file descriptors of all of them (about 390) each time a timer of the guest fires: a third of
 * one of this machine's CPUs under emulation. One port is used, and port 0 is reserved.
 */
const FEW_PORTS = ['-q=-global', '-q=virtio-serial-device.max_ports=2'];

/**
 * An emulated time stamp counter is the host's own and steady; the kernel finds it unsteady against the other clocks, which are slow to read. QEMU keeps its translation of a program by the addresses that
 * it is at, so where each start puts it elsewhere, it is translated again: starting a program takes half as long when the kernel puts it at the same place.
 */
function kernelWords(guest: Guest): readonly string[] {
  const emulated = ['tsc=reliable', 'clocksource=tsc', 'norandmaps'];
  return ['loglevel=5', ...(guest.execution === 'emulated' ? emulated : [])];
}

function virtfs(share: { path: string; tag: string; access: 'read' | 'write' }): readonly string[] {
  const access = share.access === 'read' ? ',readonly=on' : '';
  // A comma separates QEMU's options; doubled it is one.
  const path = share.path.replaceAll(',', ',,');
  return ['-q=-virtfs', `-q=local,path=${path},mount_tag=${share.tag},security_model=none,multidevs=remap${access}`];
}

/**
 * The guest's first program: mounts the shares, lays the cached host over the directories that the run reads, and becomes the harness. Its own words are few, because
 * a command costs ten times what it does outside. `overlaid`: directories of the host that are read through the cache.
 */
export function guestScript(options: {
  readonly guest: Guest;
  readonly overlaid: readonly string[];
  readonly runDirectory: string;
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}): string {
  const { guest, overlaid, runDirectory, program, env } = options;
  const nineP = (tag: string, place: string, more: string) =>
    step('mount', '-t', '9p', '-o', `trans=virtio,version=9p2000.L,access=any,msize=512000${more}`, tag, place);
  const exports = Object.entries(env).map(([name, value]) => `export ${formatCommand([`${name}=${value}`])}`);
  // One step a line: in a list with && the shell's -e looks at the last part alone.
  const bind = (from: string, to: string) => [step('mkdir', '-p', to), step('mount', '--bind', from, to)];
  return [
    'set -e',
    'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'step() { "$@" || { echo "the guest could not: $*"; exit 1; }; }',
    step('mount', '-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', '/tmp'),
    step('mkdir', '-p', ...Object.values(INSIDE)),
    nineP(TAGS.control, INSIDE.control, ''),
    `exec >>${INSIDE.control}/script.txt 2>&1`,
    nineP(TAGS.host, INSIDE.host, ',ro,cache=loose'),
    nineP(TAGS.run, INSIDE.run, ''),
    nineP(TAGS.compileCache, INSIDE.compileCache, ',cache=loose'),
    ...overlaid.flatMap((path) => bind(`${INSIDE.host}${path}`, path)),
    // Read again for every protocol and service that a tool names, past every cache.
    `for name in ${NAME_FILES.join(' ')}; do if [ -e /etc/$name ]; then step cp /etc/$name ${INSIDE.etc}; step mount --bind ${INSIDE.etc}/$name /etc/$name; fi; done`,
    ...(guest.modulesPath === null ? [] : linkModules(guest.modulesPath, guest.release)),
    ...bind(INSIDE.run, runDirectory),
    ...exports,
    'set +e',
    `cd ${INSIDE.work}`,
    `${formatCommand(program)} >>${INSIDE.control}/events.ndjson 2>>${INSIDE.control}/stderr.txt </dev/null`,
    `echo $? >${INSIDE.control}/exit-code.tmp && mv ${INSIDE.control}/exit-code.tmp ${INSIDE.control}/exit-code`,
    'exit 0',
    '',
  ].join('\n');
}

/** /dev is in memory and writable in every guest. */
const HOSTS_LIB = '/dev/bench-lib';

function step(...words: readonly string[]): string {
  return `step ${formatCommand(words)}`;
}

/**
 * The kernel and the tools load modules from /lib/modules alone. They lie elsewhere, seen through the share (the cache may be below /tmp, which is the guest's own), and the overlaid /usr
 * hides the link that virtme set. A machine that has no /lib/modules (a container, a kernel from outside) gets a /lib of links with one: the root is read-only.
 */
function linkModules(modulesPath: string, release: string): readonly string[] {
  const link = `/lib/modules/${release}`;
  return [
    'if [ ! -d /lib/modules ]; then',
    '  lib=$(readlink -f /lib)',
    // Not below /tmp or /run: the laboratory covers them for a moment, and every program needs its libraries then too.
    `  step mkdir -p ${HOSTS_LIB}`,
    `  step mount --bind "${INSIDE.host}$lib" ${HOSTS_LIB}`,
    `  step mkdir -p ${INSIDE.lib}/modules`,
    // One command for all of them: each costs ten times what it does outside.
    `  step ln -s ${HOSTS_LIB}/* ${INSIDE.lib}/`,
    `  step mount --bind ${INSIDE.lib} "$lib"`,
    'fi',
    step('mount', '-t', 'tmpfs', 'tmpfs', '/lib/modules'),
    step('ln', '-s', `${INSIDE.host}${modulesPath}`, link),
    step('test', '-e', `${link}/modules.dep`),
  ];
}
