import { join } from 'node:path';
import { CHECKOUT, type Stranger } from './stranger.ts';

/** Root of a container that `docker run` made without further words: no right to make namespaces. */
const WITHOUT_NAMESPACES = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'];

const inContainer = (what: string, words: readonly string[], saysNot: Stranger['saysNot'] = []): Stranger => ({
  what,
  words,
  prepare: async () => ({ prefix: WITHOUT_NAMESPACES }),
  needsRoot: true,
  exitCode: 3,
  // Doctor breaks lines.
  says: [/docker run\s+--privileged/],
  saysNot: ['sudo', ...saysNot],
});

const CONTAINER_ROWS: readonly Stranger[] = [
  inContainer(
    'measures as root of a container without the right to namespaces, and no guest is made ready',
    ['bench', '--scenario', 'smoke', '--modes', 'nftables', '--no-install'],
    ['guest', 'QEMU'],
  ),
  inContainer('asks the doctor there, who offers no guest', ['doctor'], [/✓ vm/]),
];

/** A run that wants a kube-proxy which is not in the cache, from a mirror that is nobody. Go, which could build it, may ask nobody either. */
const FETCHING = ['bench', '--scenario', 'smoke', '--modes', 'iptables-legacy', '--testbed', 'netns', '--no-install'];
const FROM_NOBODY = ['--kube-proxy', '1.33.9', '--release-base', 'https://mirror.invalid/x'];

const PROXY_ROWS: readonly Stranger[] = (
  [
    ['http://', 'HTTPS_PROXY was not used'],
    ['http://jo:ge/heim@proxy.example:3128', '%2F'],
    ['http://jo:geheim%zz@proxy.example:3128', '%25'],
    ['socks5://jo:geheim@proxy.example:1080', 'socks5://'],
    ['jo:geheim@127.0.0.1:1', 'HTTPS_PROXY names a proxy'],
  ] as const
).map(([address, word]) => ({
  what: `downloads through the proxy ${address}`,
  words: [...FETCHING, ...FROM_NOBODY],
  env: { HTTPS_PROXY: address, GOPROXY: 'off' },
  needsRoot: true,
  exitCode: 3,
  says: [word, 'can be neither downloaded nor built'],
  saysNot: ['heim'],
  // Go has folders of its own.
  mayLeave: /^(cache\/|home\/(go|\.config)(\/|$))/,
}));

/** `sh` sends one of the streams to a disk that is full. */
const toFullDisk = (
  what: string,
  redirection: string,
  row: Pick<Stranger, 'words' | 'exitCode' | 'says'>,
): Stranger => ({
  what,
  ...row,
  prepare: async () => ({ prefix: ['sh', '-c', `exec "$@" ${redirection}`, 'sh'] }),
  mayLeave: /^runs\//,
});

const REFERENCE = join(CHECKOUT, 'reports/reference/ipvs');

const FULL_DISK_ROWS: readonly Stranger[] = [
  {
    ...toFullDisk('sends a result to a full disk', '>/dev/full', {
      words: [],
      exitCode: 3,
      says: ['could not be written to the end', 'ENOSPC'],
    }),
    prepare: async ({ runs }) => ({
      words: ['report', REFERENCE, '--to', runs],
      prefix: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'],
    }),
  },
  toFullDisk('sends the words about a mistake to a full disk', '2>/dev/full', {
    words: ['report', 'no-such-run'],
    exitCode: 2,
    says: [],
  }),
];

/** What the caller's shell, container or disk has to do with it. */
export const CALLER_ROWS: readonly Stranger[] = [...CONTAINER_ROWS, ...PROXY_ROWS, ...FULL_DISK_ROWS];
