import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findVoidAssertions } from './testing/void-assertions.ts';

const VOID = [
  'expect(error).toMatchObject({ message: /too long/ });',
  'await expect(promise).rejects.toMatchObject({ exitCode: 4, message: /too long/ });',
  'const expected = { exitCode: 4, message: /too long/ }; await expect(promise).rejects.toMatchObject(expected);',
  'expect(found).toMatchObject([{ name: /x/ }]);',
  'expect(found).toMatchObject({ at: new Date(0) });',
  'expect(found).toMatchObject({ inner: {} });',
  'expect(found).toMatchObject({});',
  "expect(text).toMatch('');",
  'expect(text).toMatch(/x*/);',
  "expect(() => run()).toThrow('');",
  "expect(one).toEqual({ text: expect.stringContaining('') });",
  'expect(value);',
  'expect(value).not;',
  'expect(value).toBeNull;',
  'expect(promise).rejects.toThrow(/x/);',
  'void expect(promise).resolves.toBe(1);',
  'expect.poll(() => value).toBe(1);',
  'values.forEach(async (value) => { await expect(value).resolves.toBe(1); });',
  'values.forEach((value) => expect(value).resolves.toBe(1));',
  'await run().catch((error) => expect(error.message).toBe("x"));',
  'try { run(); } catch (error) { expect(error.message).toBe("x"); }',
  'expect(true).toBe(true);',
  'expect(async () => run()).toThrow(/x/);',
  'expect(list.length).toBeGreaterThanOrEqual(0);',
  'test.only("x", () => { expect(value).toBe(1); });',
];

const SOUND = [
  'await expect(promise).rejects.toMatchObject({ exitCode: 4, message: expect.stringMatching(/too long/) });',
  'expect(found).toMatchObject({ inner: { at: 1 }, list: [] });',
  'expect(patterns).toEqual([/x/]);',
  'expect(text).toMatch(/^$/);',
  "expect(names).not.toContain('');",
  'expect(text).toMatch(/x+/);',
  "expect(text, 'why').toContain('x');",
  'return expect(promise).rejects.toThrow(/x/);',
  'await Promise.all(values.map((value) => expect(value).resolves.toBe(1)));',
  'values.forEach((value) => { expect(value).toBe(1); });',
  'try { run(); expect.unreachable(); } catch (error) { expect(error.message).toBe("x"); }',
  'await run().catch(() => null); expect(value).toBe(1);',
  'await expect(async () => run()).rejects.toThrow(/x/);',
  'expect(list.length).toBeGreaterThanOrEqual(1);',
];

test.each(VOID)('%s checks nothing', (text) => {
  expect(findVoidAssertions(`async function f() { ${text} }`)).toHaveLength(1);
});

test.each(SOUND)('%s checks something', (text) => {
  expect(findVoidAssertions(`async function f() { ${text} }`)).toEqual([]);
});

test('no test of this project holds an assertion that cannot fail', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.test\.ts$/.test(path),
  );
  expect(files.length).toBeGreaterThan(50);
  const found = files
    .filter((path) => path !== 'assertions.test.ts')
    .flatMap((path) =>
      findVoidAssertions(readFileSync(join(import.meta.dirname, path), 'utf8')).map(
        ({ line, why }) => `${path}:${line}: ${why}`,
      ),
    );
  expect(found).toEqual([]);
});
