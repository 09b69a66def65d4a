import { expect, it } from 'vitest';
import { formatPage, listProxyPages } from './proxy-pages.ts';

const pages = (given: string | null, bound?: unknown, metricsFlag: string | null = null) =>
  listProxyPages({
    given,
    bound,
    node: { metricsFlag, first: '10.0.0.5', local: ['127.0.0.1', '::1', '10.0.0.5', '172.31.0.5'] },
  }).map(formatPage);
const OWN = '127.0.0.1:10249';

it.each([
  ['nothing', undefined, [OWN]],
  ['an empty text', '', [OWN]],
  ['what is no address', 'hello world', [OWN]],
  ['every address', '0.0.0.0:10249', [OWN, '10.0.0.5:10249']],
  ['every address of both families', '[::]:20249', ['127.0.0.1:20249', '10.0.0.5:20249', OWN]],
  ['a port alone', ':20249', ['127.0.0.1:20249', '10.0.0.5:20249', OWN]],
  ['an address without a port', '0.0.0.0', [OWN, '10.0.0.5:10249']],
  ['both families without a port', '::', [OWN, '10.0.0.5:10249']],
  ['an IPv6 loopback without a port', '::1', ['[::1]:10249', OWN, '10.0.0.5:10249']],
  ["another node's address", '192.168.18.21:20249', ['127.0.0.1:20249', '10.0.0.5:20249', OWN]],
  ["another node's name", 'node-7:20249', ['127.0.0.1:20249', '10.0.0.5:20249', OWN]],
  [
    "another of this node's addresses",
    '172.31.0.5:20249',
    ['172.31.0.5:20249', '127.0.0.1:20249', '10.0.0.5:20249', OWN],
  ],
  ['the loopback by name', 'localhost:10249', ['localhost:10249', OWN, '10.0.0.5:10249']],
])(
  "with %s in kube-proxy's settings, its pages are looked for there, then where they are by default",
  (_what, bound, expected) => {
    expect(pages(null, bound)).toEqual(expected);
  },
);

it.each([
  ['20249', ['127.0.0.1:20249', '10.0.0.5:20249']],
  ['0.0.0.0:20249', ['127.0.0.1:20249', '10.0.0.5:20249']],
  ['10.9.9.9:20249', ['10.9.9.9:20249']],
  ['[fd00::1]:20249', ['[fd00::1]:20249']],
])('what a scenario says, %s, is tried and nothing else', (given, expected) => {
  expect(pages(given, '0.0.0.0:10249')).toEqual(expected);
});

it('what kube-proxy was started with is tried behind its settings, which count where there are both', () => {
  expect(pages(null, undefined, '0.0.0.0:20249')).toEqual(['127.0.0.1:20249', '10.0.0.5:20249', OWN]);
  expect(pages(null, ':30249', ':20249')[0]).toBe('127.0.0.1:30249');
  expect(pages('40249', undefined, ':20249')).toEqual(['127.0.0.1:40249', '10.0.0.5:40249']);
});
