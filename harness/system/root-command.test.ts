import { expect, test } from 'vitest';
import { asRoot } from './root-command.ts';
import { formatCommand } from './shell-words.ts';

const WORDS = ['bench', '--scenario', 'my smoke'];

test('root types the same command through npm where sudo finds npm and Node', () => {
  expect(asRoot(WORDS, () => true)).toBe("sudo npm run bench -- --scenario 'my smoke'");
  expect(asRoot(['doctor'], () => true)).toBe('sudo npm run doctor');
});

test('root is given Node and script by their paths where sudo finds one of them only, as with nvm', () => {
  for (const found of ['npm', 'node', '']) {
    const command = asRoot(WORDS, (name) => name === found);
    expect(command).toContain(`sudo ${formatCommand([process.execPath])} `);
    expect(command).toMatch(/\/harness\/bootstrap\.mjs'? bench --scenario 'my smoke'$/);
  }
});
