import { describe, expect, it } from 'vitest';
import { holdsSecret, withoutSecrets } from './secrets.ts';

describe('withoutSecrets', () => {
  it.each([
    ['http://u:p@host/x', 'http://***@host/x'],
    ['https://token@host:8443', 'https://***@host:8443'],
    ['https://u:p@ss@host/', 'https://***@host/'],
    ['socks5h://u:p%40ss@proxy:1080', 'socks5h://***@proxy:1080'],
    ['cannot get http://u:p@a/b, and http://c/d', 'cannot get http://***@a/b, and http://c/d'],
    ['--release-base=https://u:p@mirror', '--release-base=https://***@mirror'],
    ['https://h/q?query=up&access_token=abc&x=1', 'https://h/q?query=up&access_token=***&x=1'],
    ['https://h/q?X-Amz-Signature=abc', 'https://h/q?X-Amz-Signature=***'],
    ['https://h/q?sig=a%2Fb&se=1', 'https://h/q?sig=***&se=1'],
    ["https://u:it's@host/", 'https://***@host/'],
    ['http://u:ge/he#im?@host:1/x', 'http://***@host:1/x'],
    ['--release-base "u:p@host/x": not', '--release-base "***@host/x": not'],
    ['proxy u:p@10.0.0.1:3128 refuses', 'proxy ***@10.0.0.1:3128 refuses'],
    ['https://h/q?jwt=a.b&access_key=c&code=d&x=1', 'https://h/q?jwt=***&access_key=***&code=***&x=1'],
    ['Authorization: Bearer abcdef.ghi', 'Authorization: Bearer ***'],
  ])('%s', (text, without) => {
    expect(withoutSecrets(text)).toBe(without);
    expect(holdsSecret(text)).toBe(true);
  });

  it.each([
    'http://host:9090/prometheus',
    'http://registry:4873/@scope/package',
    'npm run bench -- --rate 500/s',
    'git@example.org:x/y',
    'kindest/node:v1.34.0@sha256:7416a61b',
    'node:v1.34.0@sha256:7416a61b',
    '12:00 a@b',
    'a basic rule',
  ])('leaves alone what holds none: %s', (text) => expect(withoutSecrets(text)).toBe(text));
});
