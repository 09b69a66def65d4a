import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { EnvironmentError } from '../../errors.ts';
import type { Guest } from '../../model/guest.ts';
import type { Kernel } from '../../supply/kernel/kernel.ts';
import { PREREQUISITES } from '../../supply/packages/prerequisites.ts';
import type { Exec } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { findAcceleration } from './acceleration.ts';
import type { GuestSize } from './guest-size.ts';
import { parseKernelConfig } from './offered-modes.ts';

/** Decides everything about a guest before it is started: how it runs, and that this machine and the kernel can. `directory` is for small temporary files. */
export async function prepareGuest(options: {
  readonly kernel: Kernel;
  readonly size: GuestSize;
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
}): Promise<Guest> {
  const { kernel, size, exec, env, directory } = options;
  await requireSharedFiles(kernel);
  requireMemory(size.memoryMib);
  const emulator = PREREQUISITES.find((one) => one.tool.startsWith('qemu-'))?.tool ?? '';
  const acceleration = await findAcceleration(exec, findTool(emulator, env) ?? emulator, directory);
  return {
    kernelWord: kernel.word,
    kernelOrigin: kernel.origin,
    release: kernel.release,
    imagePath: kernel.imagePath,
    modulesPath: kernel.modulesPath,
    configPath: kernel.configPath,
    execution: acceleration.kind,
    executionReason: acceleration.kind === 'kvm' ? null : acceleration.why,
    ...size,
  };
}

/** Without 9p over virtio a guest cannot read this machine's files. */
const NEEDED_OPTIONS = ['CONFIG_9P_FS', 'CONFIG_NET_9P_VIRTIO', 'CONFIG_VIRTIO_PCI'];

async function requireSharedFiles(kernel: Kernel): Promise<void> {
  if (kernel.configPath === null) return;
  const options = parseKernelConfig(await readFile(kernel.configPath, 'utf8'));
  const lacking = NEEDED_OPTIONS.filter((option) => !options.has(option));
  if (lacking.length === 0) return;
  throw new EnvironmentError(
    `kernel ${kernel.release} is built without ${lacking.join(', ')}: a guest with it cannot read this machine's files`,
    "take another with --kernel: Debian's linux-image-amd64 has it (debian:bookworm), its cloud flavour has not",
  );
}

function requireMemory(memoryMib: number): void {
  const available = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  if (available === undefined) return;
  const availableMib = Number(available) / 1024;
  if (availableMib >= memoryMib) return;
  throw new EnvironmentError(
    `the guest is to have ${memoryMib} MiB of memory, and ${Math.floor(availableMib)} MiB are free here`,
    `end other programs, give it less (--memory ${Math.max(1024, Math.floor((availableMib * 0.8) / 512) * 512)}M), or ask for fewer Services`,
  );
}
