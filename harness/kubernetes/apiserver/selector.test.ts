import { describe, expect, it } from 'vitest';
import { parseFieldSelector, parseLabelSelector } from './selector.ts';

describe('label selectors', () => {
  const labels = { app: 'web', 'kubernetes.io/service-name': 'svc-1', empty: '' };

  it.each([
    ['', true],
    ['app', true],
    ['!app', false],
    ['app=web', true],
    ['app==web', true],
    ['app = web', true],
    ['app!=web', false],
    ['app!=db', true],
    ['missing!=x', true],
    ['missing', false],
    ['!missing', true],
    ['app in (db, web)', true],
    ['app notin (db,web)', false],
    ['missing notin (x)', true],
    ['missing in (x)', false],
    ['empty=', true],
    ['empty', true],
    ['app=web,empty!=x,!missing,app in (web)', true],
    ['app=web,missing', false],
    ['kubernetes.io/service-name=svc-1', true],
    // What kube-proxy sends.
    ['!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name', true],
  ])('%j is %s', (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it('does not find what every object inherits', () => {
    expect(parseLabelSelector('constructor')({})).toBe(false);
    expect(parseLabelSelector('!toString')({})).toBe(true);
  });

  it.each(['=', 'a=b=c', 'a in b', 'a in (b', ',', 'a,,b', 'a b', '!!a', '-a', 'a in (b c)', `a=${'x'.repeat(64)}`])(
    '%j is refused with 400',
    (selector) => {
      expect(() => parseLabelSelector(selector)).toThrow(
        expect.objectContaining({ status: expect.objectContaining({ code: 400 }) }),
      );
    },
  );

  it('reads a hostile selector in no time', () => {
    const started = performance.now();
    expect(() => parseLabelSelector(`${'a-'.repeat(20_000)} in (${'('.repeat(20_000)}`)).toThrow();
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('field selectors', () => {
  it('are read with both signs and escapes', () => {
    expect(parseFieldSelector(String.raw`metadata.name=a\,b,spec.type!=c`)).toEqual([
      { path: 'metadata.name', value: 'a,b', equal: true },
      { path: 'spec.type', value: 'c', equal: false },
    ]);
  });

  it('are refused when they are none', () => {
    expect(() => parseFieldSelector('metadata.name')).toThrow('invalid selector');
  });
});
