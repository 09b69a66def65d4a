import { formatCommand } from '../../system/exec.ts';
import type { Guest } from './guest.ts';

/** Where things stand inside the guest. Its root is the host's, read-only; all of this is on memory of its own. */
export const INSIDE = {
  /** The host's root once more, cached: the guest's own root asks the host for every byte every time. */
  host: '/tmp/bench/host',
  run: '/tmp/bench/run',
  control: '/tmp/bench/control',
  compileCache: '/tmp/bench/compile-cache',
  etc: '/tmp/bench/etc',
  work: '/tmp/bench/work',
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
  readonly guest: Guest;
  readonly shares: GuestShares;
  readonly script: string;
}): readonly string[] {
  const { virtme, guest, shares, script } = options;
  return [
    virtme,
    ...['--kimg', guest.imagePath, '--mods=auto', '--force-9p', '--disable-microvm'],
    ...(guest.execution === 'emulated' ? ['--disable-kvm'] : []),
    ...['--cpus', String(guest.cpus), '--memory', `${guest.memoryMib}M`],
    '--show-boot-console',
    ...FEW_PORTS,
    ...kernelWords(guest).map((word) => `--kopt=${word}`),
    ...virtfs({ path: '/', tag: TAGS.host, access: 'read' }),
    ...virtfs({ path: shares.run, tag: TAGS.run, access: 'write' }),
    ...virtfs({ path: shares.control, tag: TAGS.control, access: 'write' }),
    ...virtfs({ path: shares.compileCache, tag: TAGS.compileCache, access: 'write' }),
    ...['--script-sh', script],
  ];
}

/**
 * virtme's six serial devices have 31 ports each unless they are told, and QEMU's main loop looks at the file descriptors of all of them (about 390) each time a timer of the guest fires: a third of
 * one of this machine's CPUs under emulation. One port is used, and port 0 is reserved.
 */
const FEW_PORTS = ['-q=-global', '-q=virtio-serial-device.max_ports=2'];

/**
 * An emulated time stamp counter is the host's own and steady; the kernel finds it unsteady against the other clocks, which are slow to read. QEMU keeps its translation of a program by the addresses that
 * it stands at, so where each start puts it elsewhere, it is translated again: starting a program takes half as long when the kernel puts it at the same place.
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
    `mount -t 9p -o trans=virtio,version=9p2000.L,access=any,msize=512000${more} ${tag} ${place}`;
  const exports = Object.entries(env).map(([name, value]) => `export ${formatCommand([`${name}=${value}`])}`);
  const bind = (from: string, to: string) =>
    `mkdir -p ${formatCommand([to])} && mount --bind ${formatCommand([from, to])}`;
  return [
    'set -e',
    'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'mount -t tmpfs -o mode=1777 tmpfs /tmp',
    `mkdir -p ${Object.values(INSIDE).join(' ')}`,
    nineP(TAGS.control, INSIDE.control, ''),
    `exec >>${INSIDE.control}/script.txt 2>&1`,
    nineP(TAGS.host, INSIDE.host, ',ro,cache=loose'),
    nineP(TAGS.run, INSIDE.run, ''),
    nineP(TAGS.compileCache, INSIDE.compileCache, ',cache=loose'),
    ...overlaid.map((path) => bind(`${INSIDE.host}${path}`, path)),
    // Read again for every protocol and service that a tool names, past every cache.
    `for name in ${NAME_FILES.join(' ')}; do if [ -e /etc/$name ]; then cp /etc/$name ${INSIDE.etc} && mount --bind ${INSIDE.etc}/$name /etc/$name; fi; done`,
    // The modules lie outside /lib, and the overlaid /usr hides the link that virtme set.
    ...(guest.modulesPath === null
      ? []
      : [
          `mkdir -p /lib/modules && mount -t tmpfs tmpfs /lib/modules && ln -s ${formatCommand([guest.modulesPath])} ${formatCommand([`/lib/modules/${guest.release}`])}`,
        ]),
    bind(INSIDE.run, runDirectory),
    ...exports,
    'set +e',
    `cd ${INSIDE.work}`,
    `${formatCommand(program)} >>${INSIDE.control}/events.ndjson 2>>${INSIDE.control}/stderr.txt </dev/null`,
    `echo $? >${INSIDE.control}/exit-code.tmp && mv ${INSIDE.control}/exit-code.tmp ${INSIDE.control}/exit-code`,
    'exit 0',
    '',
  ].join('\n');
}
