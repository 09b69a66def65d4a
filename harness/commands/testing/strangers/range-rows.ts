import type { Stranger } from './stranger.ts';

const SMOKE = ['bench', '--scenario', 'smoke'];

/** Flags of addresses that cannot be, and what is told of each. */
const REFUSED: readonly (readonly [what: string, words: readonly string[], says: Stranger['says']])[] = [
  ['gives Services a range with host bits', ['--service-range', '10.96.0.1/12'], ['--service-range', '10.96.0.0/12']],
  [
    'gives Services an address without its prefix',
    ['--service-range', '10.96.0.0'],
    ['--service-range', 'no IPv4 range'],
  ],
  ['gives Services a range of IPv6', ['--service-range', 'fd00:10:96::/112'], ['--service-range', 'no IPv4 range']],
  ['gives Services a prefix of 33', ['--service-range', '10.0.0.0/33'], ['--service-range', 'no IPv4 range']],
  [
    'gives endpoints a range with octal zeros',
    ['--endpoint-range', '010.0.0.0/8'],
    ['--endpoint-range', 'no IPv4 range'],
  ],
  ['gives endpoints two ranges', ['--endpoint-range', '10.0.0.0/9,198.18.0.0/15'], ['--endpoint-range', 'IPv4 range']],
  ['gives endpoints an empty range', ['--endpoint-range', ''], ['--endpoint-range', 'IPv4 range']],
  [
    "gives endpoints the laboratory's pods",
    ['--endpoint-range', '10.244.0.0/14'],
    ['--endpoint-range', '10.244.0.0/16', 'pods'],
  ],
  [
    "gives endpoints the laboratory's nodes",
    ['--endpoint-range', '172.16.0.0/12'],
    ['--endpoint-range', '172.18.0.0/16'],
  ],
  [
    "gives Services the laboratory's own links",
    ['--service-range', '100.64.0.0/16'],
    ['--service-range', '100.64.0.0/16'],
  ],
  [
    'gives endpoints the range of Services',
    ['--endpoint-range', '10.96.0.0/11'],
    ['--endpoint-range', 'range of the Services'],
  ],
  [
    'gives both the same range',
    ['--service-range', '10.0.0.0/9', '--endpoint-range', '10.0.0.0/9'],
    ['--endpoint-range', 'range of the Services'],
  ],
  ['gives endpoints multicast', ['--endpoint-range', '224.0.0.0/4'], ['--endpoint-range', 'multicast']],
  ['gives endpoints loopback', ['--endpoint-range', '127.0.0.0/8'], ['--endpoint-range', 'loopback']],
  ['gives endpoints link-local addresses', ['--endpoint-range', '169.254.0.0/16'], ['--endpoint-range', 'link-local']],
  ['gives endpoints the end of class E', ['--endpoint-range', '240.0.0.0/4'], ['--endpoint-range', 'broadcast']],
  [
    'gives 300 Services a /24',
    ['--services', '1,300', '--service-range', '10.0.0.0/24'],
    ['--service-range', '300 Services', 'holds 253'],
  ],
  [
    'gives 3000 endpoints a /24',
    ['--services', '300', '--endpoint-range', '198.18.0.0/24'],
    ['--endpoint-range', '3000 endpoints', 'holds 250', 'those of 25 Services'],
  ],
  [
    'gives shared endpoints a range',
    ['--backends', 'shared', '--endpoint-range', '198.18.0.0/15'],
    ['--endpoint-range', 'distinct'],
  ],
  [
    'gives a kind cluster more Services than an API server takes',
    ['--testbed', 'kind', '--service-range', '10.0.0.0/8'],
    ['--service-range', '10.0.0.0/8'],
  ],
  [
    "gives a kind cluster's Services the addresses of its pods",
    ['--testbed', 'kind', '--service-range', '10.244.0.0/16'],
    ['--service-range', 'pods of testbed kind'],
  ],
  [
    "gives an existing cluster's Services a range",
    ['--testbed', 'cluster', '--context', 'a', '--service-range', '10.0.0.0/8'],
    ['--service-range', 'not cluster', 'leave it out'],
  ],
  [
    'says where kube-proxy answers in a laboratory',
    ['--testbed', 'netns', '--proxy-metrics', '10249'],
    ['--proxy-metrics', 'testbed cluster'],
  ],
  [
    'says where kube-proxy answers without a port',
    ['--testbed', 'cluster', '--proxy-metrics', '10.0.0.1'],
    ['--proxy-metrics', 'address:port'],
  ],
  [
    'says where kube-proxy answers by a URL',
    ['--testbed', 'cluster', '--proxy-metrics', 'http://10.0.0.1:10249/metrics'],
    ['--proxy-metrics', 'address:port'],
  ],
  [
    'says that kube-proxy answers on port 99999',
    ['--testbed', 'cluster', '--proxy-metrics', '99999'],
    ['--proxy-metrics', 'address:port'],
  ],
];

export const RANGE_ROWS: readonly Stranger[] = REFUSED.map(([what, words, says]) => ({
  what,
  words: [...SMOKE, ...words],
  exitCode: 2,
  says,
}));
