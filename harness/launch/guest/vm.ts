import { EnvironmentError } from '../../errors.ts';
import type { Mode } from '../../model/mode.ts';
import type { ModeSupport } from '../../model/mode-support.ts';
import { type FindKernelOptions, findKernel } from '../../supply/kernel/find-kernel.ts';
import type { Kernel } from '../../supply/kernel/kernel.ts';
import { DEFAULT_KERNEL_WORD, type KernelSpec, parseKernelSpec } from '../../supply/kernel/kernel-spec.ts';
import { openLaboratory } from '../../testbed/netns/netns.ts';
import type { TestbedKind } from '../../testbed/testbed.ts';
import { findOfferedModes } from './offered-modes.ts';

/** The netns laboratory under another kernel. Which kernel decides which modes there are; `open` runs inside the guest, where launch.ts has started this program. */
export interface VmKind extends TestbedKind {
  /** The kernel, found (and fetched) once. */
  kernel(): Promise<Kernel>;
}

export function makeVmKind(spec: KernelSpec, options: FindKernelOptions): VmKind {
  let found: Promise<Kernel> | null = null;
  const kernel = () => {
    found ??= findKernel(spec, options);
    return found;
  };
  return {
    ...vm,
    kernel,
    support: async (modes) => findOfferedModes(await kernel(), modes),
  };
}

/** The kind as a run inside the guest sees it, and as it stands in the list of kinds. */
export const vm: TestbedKind = {
  name: 'vm',
  support: (modes: readonly Mode[], scenario): Promise<readonly ModeSupport[]> =>
    makeVmKind(parseKernelSpec(DEFAULT_KERNEL_WORD), {
      exec: failing,
      env: process.env,
      onProgress: () => undefined,
    }).support(modes, scenario),
  open: (options, signal) => {
    const { guest } = options;
    if (guest === undefined)
      return Promise.reject(new EnvironmentError('testbed vm runs inside a guest', 'npm run bench -- --testbed vm'));
    return openLaboratory(options, signal, { testbed: 'vm', execution: guest.execution });
  },
};

/** Asked without a kernel named, the kind answers from the cache alone. */
const failing: FindKernelOptions['exec'] = {
  run: () =>
    Promise.reject(
      new EnvironmentError('the kernel is not in the cache', 'npm run kernels -- --fetch debian:bookworm'),
    ),
};
