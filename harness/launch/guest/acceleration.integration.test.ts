import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommandError, systemExec } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { BOOT_SECTOR, findAcceleration } from './acceleration.ts';

const qemu = findTool('qemu-system-x86_64', process.env);
const missing = qemu === null && process.env.CI !== 'true';

test.skipIf(missing)('the boot sector runs in a guest and ends it with the code that only it can give', async () => {
  const image = join(mkdtempSync(join(tmpdir(), 'bench-boot-')), 'boot.img');
  writeFileSync(image, BOOT_SECTOR);
  const command = [
    ...[qemu ?? 'qemu-system-x86_64', '-accel', 'tcg', '-nodefaults', '-display', 'none', '-m', '16'],
    ...['-drive', `file=${image},format=raw,if=floppy,readonly=on`],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
  ];
  const ended = await systemExec.run(command, { timeoutMs: 30_000 }).catch((error: unknown) => error);
  expect(ended).toBeInstanceOf(CommandError);
  expect(ended).toMatchObject({ exitCode: 33 });
});

test.skipIf(missing)('whether guests start with KVM is found within five seconds, with a reason when not', async () => {
  const started = performance.now();
  const found = await findAcceleration(systemExec, qemu ?? '', mkdtempSync(join(tmpdir(), 'bench-boot-')));
  expect(performance.now() - started).toBeLessThan(5000);
  if (found.kind === 'emulated') expect(found.why).not.toBe('');
});

test('a machine without KVM is told apart from one whose guests do not start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-boot-'));
  const saying = (stderr: string, exitCode: number) => ({
    run: () =>
      Promise.reject(
        new CommandError({
          ...{ command: 'qemu', exitCode, signal: null, stderr, durationMs: 1, cwd: '/', timedOut: false },
          ...{ notFound: false, cause: null },
        }),
      ),
  });
  expect(await findAcceleration(saying('', 33), 'qemu', directory)).toEqual({ kind: 'kvm' });
  const none = saying('Could not access KVM kernel module: No such file or directory\n', 1);
  expect(await findAcceleration(none, 'qemu', directory)).toMatchObject({ why: 'this machine has no KVM' });
  const denied = saying('Could not access KVM kernel module: Permission denied\n', 1);
  expect(await findAcceleration(denied, 'qemu', directory)).toMatchObject({
    why: expect.stringContaining('usermod -aG kvm'),
  });
  expect(await findAcceleration(saying('', 137), 'qemu', directory)).toMatchObject({
    why: expect.stringContaining('does not start'),
  });
});
