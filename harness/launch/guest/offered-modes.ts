import { readFile } from 'node:fs/promises';
import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import type { ModeSupport } from '../../model/mode-support.ts';
import type { Reason } from '../../model/reason.ts';
import type { Kernel } from '../../supply/kernel/kernel.ts';
import { isOlderVersion } from '../../system/older-version.ts';

/** What a kernel's build configuration has as `y` or `m`; the text is that of /boot/config-*. */
export function parseKernelConfig(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^(CONFIG_\w+)=[ym]$/gm)].map((match) => match[1] ?? ''));
}

/**
 * Which modes a kernel offers by its build configuration, without starting it. It is the same list of kernel objects that a running kernel is asked for (testbed/mode-support.ts), so
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
  const { isFound, name, leastKernel, requirements } = modeOf(mode);
  if (isFound)
    return {
      code: 'mode-only-in-cluster',
      message: `${name} is not set by this program but found in a cluster`,
      remedy: '--testbed cluster',
    };
  if (leastKernel !== null && isOlderVersion(kernel.release, leastKernel))
    return {
      code: 'kernel-too-old',
      message: `${name} mode needs kernel ${leastKernel.join('.')} or later, this is ${kernel.release}`,
      remedy: 'take a newer one with --kernel',
    };
  const lacking = requirements.flatMap((one) => one.option?.split(', ') ?? []).filter((option) => !options.has(option));
  if (lacking.length === 0) return null;
  return {
    code: 'kernel-lacks-module',
    message: `kernel ${kernel.release} is built without ${[...new Set(lacking)].join(', ')}`,
    remedy: 'take another with --kernel (npm run kernels lists the modes of each)',
  };
}
