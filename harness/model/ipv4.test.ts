import { describe, expect, it } from 'vitest';
import { formatIpv4, isInside, isOverlapping, parseIpv4, parseIpv4Cidr } from './ipv4.ts';

describe('IPv4 addresses', () => {
  it.each([
    ['0.0.0.0', 0],
    ['10.96.0.1', 174_063_617],
    ['255.255.255.255', 4_294_967_295],
  ])('%s is read and written back', (text, number) => {
    expect(parseIpv4(text)).toBe(number);
    expect(formatIpv4(number)).toBe(text);
  });

  it.each(['', '10.96.0', '10.96.0.256', '10.96.0.1.2', ' 10.96.0.1', '::1', '1e1.0.0.0'])(
    '%j is no address',
    (text) => {
      expect(parseIpv4(text)).toBeNull();
    },
  );
});

describe('IPv4 ranges', () => {
  it('know their size and what lies in them', () => {
    const range = parseIpv4Cidr('10.96.0.0/12');
    expect(range.addresses).toBe(2 ** 20);
    expect(isInside(parseIpv4('10.111.255.255') ?? 0, range)).toBe(true);
    expect(isInside(parseIpv4('10.112.0.0') ?? 0, range)).toBe(false);
  });

  it('overlap when one holds the other, and not when they only touch', () => {
    const wide = parseIpv4Cidr('10.128.0.0/9');
    expect(isOverlapping(wide, parseIpv4Cidr('10.244.0.0/16'))).toBe(true);
    expect(isOverlapping(parseIpv4Cidr('10.96.0.0/12'), parseIpv4Cidr('10.112.0.0/12'))).toBe(false);
  });

  it.each([
    '10.96.0.0',
    '10.96.0.0/33',
    '10.96.0.0/-1',
    '10.96.0.0/1x',
    'x/8',
    '10.96.0.0/12/3',
    '010.96.0.0/12',
    '10.96.0.0/012',
    'fd00::/108',
    '',
    '10.96.0.1/12',
  ])('%j is refused', (text) => {
    expect(() => parseIpv4Cidr(text)).toThrow(/range|host bits/);
  });

  it('tells the network when host bits are set', () => {
    expect(() => parseIpv4Cidr('10.97.0.0/12')).toThrow(
      expect.objectContaining({ remedy: 'write the range as 10.96.0.0/12' }),
    );
  });
});
