import { EnvironmentError } from '../../errors.ts';
import { installDebianPackages } from '../../setup/apt.ts';
import { planInstallation } from '../../setup/installation.ts';
import type { SetupWorld } from '../../setup/preflight.ts';
import type { Prerequisite } from '../../setup/prerequisites.ts';
import { findTool } from '../../system/find-tool.ts';

/** What starting a guest needs beside the laboratory's own tools. virtme-ng itself is not here: it comes from PyPI where there is no package (virtme.ts). */
export function guestPrerequisites(architecture: string = process.arch): readonly Prerequisite[] {
  const emulator =
    architecture === 'arm64'
      ? need('qemu-system-aarch64', 'starting a guest', 'qemu-system-arm')
      : need('qemu-system-x86_64', 'starting a guest', 'qemu-system-x86');
  return [
    emulator,
    need('udevadm', 'the guest finds its devices with it', 'udev'),
    need('busybox', "the guest's first file system", 'busybox-static'),
    need('depmod', "indexing a kernel's modules", 'kmod'),
    need('python3', 'virtme-ng', 'python3'),
  ];
}

function need(tool: string, purpose: string, debianPackage: string): Prerequisite {
  return { tool, purpose, debianPackage, versionArguments: ['--version'], neededFor: 'laboratory' };
}

/** Those that this machine has not. Looks at files only. */
export function missingGuestPrerequisites(env: SetupWorld['env']): readonly Prerequisite[] {
  return guestPrerequisites().filter((one) => findTool(one.tool, env) === null);
}

/** As ensurePrerequisites, for guests: installs as root on Debian, elsewhere rejects with the one command to type. */
export async function ensureGuestPrerequisites(world: SetupWorld): Promise<void> {
  const missing = missingGuestPrerequisites(world.env);
  if (missing.length === 0) return;
  const names = missing.map((one) => `${one.tool} (${one.purpose})`).join(', ');
  const plan = planInstallation(missing, world.machine);
  if (plan.kind === 'tell') throw new EnvironmentError(`for testbed vm there is no ${names}`, plan.command);
  if (plan.kind === 'nothing') return;
  // python3 alone cannot make a virtual environment on Debian.
  const packages = [...plan.packages, ...(plan.packages.includes('python3') ? ['python3-venv'] : [])];
  world.onProgress(`not found: ${names}`);
  world.onProgress(`installing the packages ${packages.join(' ')}`);
  await installDebianPackages(packages, world.exec);
  const still = missingGuestPrerequisites(world.env);
  if (still.length > 0)
    throw new EnvironmentError(
      `not found, though their packages are installed: ${still.map((one) => one.tool).join(', ')}`,
      `apt-get install --reinstall ${packages.join(' ')}`,
    );
}
