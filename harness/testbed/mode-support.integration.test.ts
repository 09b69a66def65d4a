import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IPVS_SCHEDULERS } from '../mode/ipvs/schedulers.ts';
import type { Mode, Routing } from '../model/mode.ts';
import { systemExec } from '../system/exec.ts';
import { probeModes } from './mode-support.ts';

const mode = (routing: Routing, id: string = routing.kind): Mode => ({ id, routing, proxyVersion: null });
const SCHEDULERS = IPVS_SCHEDULERS.map((scheduler) => mode({ kind: 'ipvs', scheduler }, scheduler));
const KERNEL = await systemExec.run(['uname', '-r']);
/** /proc/net/ip_vs stands exactly when the module is there; modprobe first, so that a module on disk counts. */
const hasIpvs = await systemExec.run(['sh', '-c', '/sbin/modprobe ip_vs; test -e /proc/net/ip_vs']).then(
  () => true,
  () => false,
);

test('iptables in the backends that this user may have, nftables and the floor work on the kernel of this machine', async () => {
  const modes: Routing[] = [
    { kind: 'iptables', backend: 'legacy' },
    // One netlink message with all rules takes a buffer that only root may have.
    ...(process.getuid?.() === 0 ? [{ kind: 'iptables', backend: 'nft' } as const] : []),
    { kind: 'nftables' },
    { kind: 'none' },
  ];
  for (const one of await probeModes(
    modes.map((routing) => mode(routing)),
    systemExec,
  ))
    expect(one).toMatchObject({ supported: true });
});

test('userspace is refused, with the remedy, exactly where this user may not have 64,000 open files', async () => {
  const allowed = spawnSync('prlimit', ['--nofile=64000:64000', 'true']).status === 0;
  const [one] = await probeModes([mode({ kind: 'userspace' })], systemExec);
  const refusal = { supported: false, reason: { code: 'few-open-files', remedy: expect.stringContaining('ulimit') } };
  expect(one).toMatchObject(allowed ? { supported: true } : refusal);
});

test.runIf(hasIpvs)('ipvs works with every scheduler on a kernel that has ip_vs', async () => {
  for (const one of await probeModes(SCHEDULERS, systemExec)) expect(one).toMatchObject({ supported: true });
});

test.skipIf(hasIpvs)('ipvs is refused by name on a kernel without ip_vs, whatever the scheduler', async () => {
  for (const one of await probeModes(SCHEDULERS, systemExec)) {
    expect(one).toMatchObject({ supported: false, reason: { code: 'kernel-lacks-module' } });
    expect(one).toMatchObject({
      reason: { message: expect.stringContaining(`no ip_vs with scheduler ${one.mode.id}`) },
    });
    expect(one).toMatchObject({ reason: { message: expect.stringContaining(KERNEL.stdout.trim()) } });
  }
});

/** Only root may list the sets of this machine. */
test.skipIf(process.getuid?.() !== 0)('asking leaves no link, rule or set behind', async () => {
  const state = () =>
    readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .map((line) => line.split(':')[0]);
  const sets = () => systemExec.run(['/usr/sbin/ipset', 'list', '-n']);
  const before = { links: state(), sets: (await sets()).stdout };
  await probeModes([...SCHEDULERS, mode({ kind: 'nftables' }), mode({ kind: 'none' })], systemExec);
  expect({ links: state(), sets: (await sets()).stdout }).toEqual(before);
});

test('all modes at once are asked in well under a second', async () => {
  const started = performance.now();
  await probeModes(
    [mode({ kind: 'iptables', backend: 'legacy' }), mode({ kind: 'nftables' }), ...SCHEDULERS],
    systemExec,
  );
  expect(performance.now() - started).toBeLessThan(1000);
});
