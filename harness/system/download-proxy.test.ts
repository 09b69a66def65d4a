import { describe, expect, test } from 'vitest';
import { findDownloadProxy } from './download-proxy.ts';

const FILE = 'https://mirror.example/file';

describe('the proxy of a download', () => {
  test.each([
    ['http://proxy.example:3128', 'http://proxy.example:3128'],
    ['proxy.example:3128', 'http://proxy.example:3128'],
    ['user:p%40ss@proxy.example:3128/', 'http://user:p%40ss@proxy.example:3128/'],
    [' HTTPS://proxy.example ', 'HTTPS://proxy.example'],
  ])('is taken as everybody spells it: %s', (value, address) => {
    expect(findDownloadProxy(FILE, { HTTPS_PROXY: value, NO_PROXY: 'a,b' })).toEqual({
      variables: { https_proxy: address, no_proxy: 'a,b' },
      remark: 'HTTPS_PROXY names a proxy',
    });
  });

  test.each([
    ['socks5h://user:geheim@proxy.example:1080', /socks5h:/],
    ['http://', /no address/],
    ['http://user:ge/heim@proxy.example', /%2F/],
    ['http://user:geheim%zz@proxy.example', /%25/],
    ['http://proxy.example:99999', /no address/],
  ])('that cannot be used is left out, told of, and not printed: %s', (value, why) => {
    const { variables, remark } = findDownloadProxy(FILE, { https_proxy: value });
    expect(variables).toEqual({});
    expect(remark).toMatch(/^https_proxy was not used: /);
    expect(remark).toMatch(why);
    expect(remark).not.toContain('heim');
  });

  test('is that of the scheme, and all_proxy where there is none', () => {
    const env = { http_proxy: 'http://a:1', ALL_PROXY: 'http://b:1', HTTPS_PROXY: ' ' };
    expect(findDownloadProxy('http://mirror.example/file', env).variables).toEqual({ http_proxy: 'http://a:1' });
    expect(findDownloadProxy(FILE, env).variables).toEqual({ https_proxy: 'http://b:1' });
    expect(findDownloadProxy(FILE, {})).toEqual({ variables: {}, remark: null });
  });
});
