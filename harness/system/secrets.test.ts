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
    ['Authorization: Bearer abcdef.ghi', 'Authorization: Bearer ***'],
  ])('%s', (text, without) => {
    expect(withoutSecrets(text)).toBe(without);
    expect(holdsSecret(text)).toBe(true);
  });

  it.each(['http://host:9090/prometheus', 'npm run bench -- --rate 500/s', 'git@example.org:x/y', 'a basic rule'])(
    'leaves alone what holds none: %s',
    (text) => expect(withoutSecrets(text)).toBe(text),
  );
});
