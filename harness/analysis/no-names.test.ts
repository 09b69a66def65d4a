import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Text without its comments, which may give examples. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

/** `iptables` is also the name of an axis that runs are compared along; what can be typed behind --fail-on is shown by an example. */
const EXCEPT = ['compare/settings.ts', 'compare/fail-on.ts'];

test('the analysis names no mode and no quantity: those are records that it is handed', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /(?<!\.test)\.ts$/.test(path) && !path.startsWith('testing/') && !EXCEPT.includes(path),
  );
  const naming = files.filter((path) =>
    /iptables|ipvs|nftables|handshake|'total|'connect|'cpu/i.test(
      withoutComments(readFileSync(join(import.meta.dirname, path), 'utf8')),
    ),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(naming).toEqual([]);
});
