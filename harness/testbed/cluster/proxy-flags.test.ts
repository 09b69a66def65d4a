import { expect, it } from 'vitest';
import { readMetricsFlag } from './proxy-flags.ts';

it.each([
  ['--config=/var/lib/kube-proxy/config.conf --hostname-override=a', null],
  ['--metrics-bind-address=0.0.0.0:20249 --v=2', '0.0.0.0:20249'],
  ['--metrics-bind-address 127.0.0.1:20249', '127.0.0.1:20249'],
  ['--metrics-bind-address=[::]:20249', '[::]:20249'],
  ['--metrics-bind-address=0.0.0.0', '0.0.0.0'],
  ['--metrics-bind-address=0.0.0.0 --metrics-port=20249', ':20249'],
  ['--metrics-port 20249', ':20249'],
  ['--metrics-bind-address=0.0.0.0:1 --metrics-bind-address=0.0.0.0:2', '0.0.0.0:2'],
  ['--metrics-bind-address=', null],
  ['--metrics-bind-address', null],
])('kube-proxy %s has its pages at %j', (flags, expected) => {
  expect(readMetricsFlag(`${['/usr/local/bin/kube-proxy', ...flags.split(' ')].join('\0')}\0`)).toBe(expected);
});
