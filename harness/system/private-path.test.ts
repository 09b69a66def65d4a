import { expect, test } from 'vitest';
import { withoutPlaces } from './private-path.ts';

const PLACES = { project: '/home/alice/bench', home: '/home/alice' };

test.each([
  ['/home/alice/bench/node_modules/.bin/node', './node_modules/.bin/node'],
  ['/home/alice/.cache/kube-proxy', '~/.cache/kube-proxy'],
  ['kubeconfig: "/home/alice/x", other: /home/alice', 'kubeconfig: "~/x", other: ~'],
  ['/home/alice2/x', '/home/alice2/x'],
  ['/mnt/home/alice/x', '/mnt/home/alice/x'],
  ['/usr/sbin/nginx', '/usr/sbin/nginx'],
])('%s → %s', (text, stored) => {
  expect(withoutPlaces(text, PLACES)).toBe(stored);
});

test('a home or checkout that is the root hides nothing', () => {
  expect(withoutPlaces('/usr/bin/x', { project: '/', home: '/' })).toBe('/usr/bin/x');
});
