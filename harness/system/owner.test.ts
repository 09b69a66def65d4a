import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatOwner, isDead, loadOwner, parseOwner } from './owner.ts';

describe('the owner of what a run makes outside itself', () => {
  it('survives being written into a name, and fits a label and a host name', async () => {
    const self = await loadOwner();
    const text = formatOwner(self);
    expect(parseOwner(text)).toEqual(self);
    expect(text).toMatch(/^[a-z0-9][a-z0-9-]{0,31}$/);
    const longest = formatOwner({ boot: 'ffffff', pidNamespace: 2 ** 32 - 1, pid: 2 ** 22, startTicks: 2 ** 40 });
    expect(longest.length).toBeLessThanOrEqual(32);
  });

  it.each(['', 'mine', 'kp', 'b5fc4c-1ulajuk-mgk', 'B5FC4C-1-2-3', 'b5fc4c-1-2-3-4', 'zzzzzz-1-2-3'])(
    'is not read out of a name that others gave: "%s"',
    (text) => {
      expect(parseOwner(text)).toBeNull();
    },
  );

  it('lives while its process does, and is dead after', async () => {
    const self = await loadOwner();
    expect(await isDead(self, self)).toBe(false);
    const child = spawn('sleep', ['60']);
    const startTicks = Number(readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]);
    const owner = { ...self, pid: child.pid ?? 0, startTicks };
    expect(await isDead(owner, self)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await isDead(owner, self)).toBe(true);
  });

  it('is dead when its number belongs to another process now', async () => {
    const self = await loadOwner();
    expect(await isDead({ ...self, startTicks: self.startTicks + 1 }, self)).toBe(true);
  });

  it('counts as living where it cannot be asked for: in another pid namespace, in another boot', async () => {
    const self = await loadOwner();
    expect(await isDead({ ...self, pidNamespace: self.pidNamespace + 1, pid: 4_000_000 }, self)).toBe(false);
    expect(await isDead({ ...self, boot: self.boot === '000000' ? '000001' : '000000', pid: 4_000_000 }, self)).toBe(
      false,
    );
  });
});
