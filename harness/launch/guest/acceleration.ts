import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, type Exec } from '../../system/exec.ts';

/** How a guest's instructions run. */
export type Acceleration =
  | { readonly kind: 'kvm' }
  /** `why` not KVM, for people. */
  | { readonly kind: 'emulated'; readonly why: string };

/**
 * A boot sector: `mov al, 0x10; out 0xf4, al; hlt`. QEMU's isa-debug-exit at port 0xf4 ends it with exit code 2·0x10+1 = 33, so that this code has surely run in the guest
 * and nothing else did it.
 */
export const BOOT_SECTOR = Uint8Array.of(0xb0, 0x10, 0xe6, 0xf4, 0xf4, ...new Array<number>(505).fill(0), 0x55, 0xaa);
const RAN = 33;
/**
 * It takes 0.2 s, emulated as well. An unusable /dev/kvm can hang for ever, and one whose KVM interprets (kvm-pvm, seen under Firecracker) takes 5 s for these three
 * instructions and the BIOS before them, and never starts a kernel that was not made for it.
 */
const DEADLINE_MS = 3000;

/** Does a guest really start with KVM here? /dev/kvm can be there and not start one, so it is tried and not looked at. `directory` takes the boot sector meanwhile. */
export async function findAcceleration(exec: Exec, qemu: string, directory: string): Promise<Acceleration> {
  const image = join(directory, 'boot-sector.img');
  await writeFile(image, BOOT_SECTOR);
  try {
    await exec.run(probeCommand(qemu, image), { timeoutMs: DEADLINE_MS + 1000 });
    return { kind: 'emulated', why: 'a guest started with KVM ended before its first instruction' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.exitCode === RAN) return { kind: 'kvm' };
    return { kind: 'emulated', why: describe(error) };
  } finally {
    await rm(image, { force: true });
  }
}

function probeCommand(qemu: string, image: string): readonly string[] {
  return [
    // timeout and not only ours: QEMU stuck in KVM ignores SIGTERM.
    ...['timeout', '--signal=KILL', String(DEADLINE_MS / 1000), qemu],
    // virtme-run gives guests the host's own CPU too.
    ...['-accel', 'kvm', '-cpu', 'host', '-nodefaults', '-display', 'none', '-m', '16'],
    ...['-drive', `file=${image},format=raw,if=floppy,readonly=on`],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
  ];
}

function describe(error: CommandError): string {
  const said = error.stderrTail.trim().split('\n').at(-1)?.trim() ?? '';
  if (/permission denied/i.test(said)) return '/dev/kvm may not be opened by this user (usermod -aG kvm $USER)';
  if (/No such file|No such device|not supported|Could not access KVM/i.test(said)) return 'this machine has no KVM';
  if (error.exitCode === 137 || error.signal !== null) return '/dev/kvm is there, but a guest does not start with it';
  return `a guest does not start with KVM: ${said || `exit code ${error.exitCode}`}`;
}
