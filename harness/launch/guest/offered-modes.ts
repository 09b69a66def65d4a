import { readFile } from 'node:fs/promises';
import type { Mode } from '../../model/mode.ts';
import type { ModeSupport } from '../../model/mode-support.ts';
import type { Reason } from '../../model/reason.ts';
import type { Kernel } from '../../supply/kernel/kernel.ts';
import { modeRequirements } from '../../testbed/mode-support.ts';

/** What a kernel's build configuration has as `y` or `m`; the text is that of /boot/config-*. */
export function parseKernelConfig(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^(CONFIG_\w+)=[ym]$/gm)].map((match) => match[1] ?? ''));
}

/**
 * Which modes a kernel offers by its build configuration, without starting it. It is the same list of kernel objects that a running kernel is asked for (kernel-modes.ts), so
 * the two can only differ where a module is built and not installed. A kernel without a readable configuration is taken at its word: the guest asks it anyway.
 */
export async function findOfferedModes(kernel: Kernel, modes: readonly Mode[]): Promise<readonly ModeSupport[]> {
  const options = kernel.configPath === null ? null : parseKernelConfig(await readFile(kernel.configPath, 'utf8'));
  return modes.map((mode) => {
    const reason = options === null ? null : findLack(kernel, mode, options);
    return reason === null ? { mode, supported: true } : { mode, supported: false, reason };
  });
}

function findLack(kernel: Kernel, mode: Mode, options: ReadonlySet<string>): Reason | null {
  if (mode.routing.kind === 'as-found')
    return {
      code: 'mode-only-in-cluster',
      message: `${mode.routing.name} is not set by this program but found in a cluster`,
      remedy: '--testbed cluster',
    };
  if (mode.routing.kind === 'nftables' && isOlderThan(kernel.release, 5, 13))
    return {
      code: 'kernel-too-old',
      message: `nftables mode needs kernel 5.13 or later, this is ${kernel.release}`,
      remedy: 'take a newer one with --kernel',
    };
  const lacking = modeRequirements(mode)
    .flatMap((one) => one.option?.split(', ') ?? [])
    .filter((option) => !options.has(option));
  if (lacking.length === 0) return null;
  return {
    code: 'kernel-lacks-module',
    message: `kernel ${kernel.release} is built without ${[...new Set(lacking)].join(', ')}`,
    remedy: 'take another with --kernel (npm run kernels lists the modes of each)',
  };
}

function isOlderThan(release: string, major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = release.split(/[^\d]+/).map(Number);
  return haveMajor < major || (haveMajor === major && haveMinor < minor);
}
