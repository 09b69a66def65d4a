import { expect, test } from 'vitest';
import { UsageError } from '../../errors.ts';
import { goArchitecture, parseKubeProxyVersion, parseVersionOutput } from './version.ts';

test('a version may have its v, and may be a pre-release', () => {
  expect(parseKubeProxyVersion('v1.34.2')).toBe('1.34.2');
  expect(parseKubeProxyVersion(' 1.37.0-rc.1 ')).toBe('1.37.0-rc.1');
});

test('what is neither a whole version nor a path is refused with an example', () => {
  for (const text of ['1.34', 'latest', 'kube-proxy', '', '2.0.0', '1.34.2; rm'])
    expect(() => parseKubeProxyVersion(text)).toThrow(UsageError);
});

test('only the line that kube-proxy prints counts as its version', () => {
  expect(parseVersionOutput('Kubernetes v1.36.3\n')).toBe('1.36.3');
  expect(parseVersionOutput('nginx version: nginx/1.22.1\n')).toBeNull();
});

test('releases are named by Go for the processor', () => {
  expect([goArchitecture('x64'), goArchitecture('arm64'), goArchitecture('ppc64')]).toEqual([
    'amd64',
    'arm64',
    'ppc64le',
  ]);
});
