import { UsageError } from '../errors.ts';
import { type GuestSize, parseCpus, parseMemoryMib } from '../launch/guest/guest-size.ts';
import type { GuestWish } from '../launch/place.ts';
import type { Guest } from '../model/guest.ts';
import { findKernel } from '../supply/kernel/find-kernel.ts';
import { DEFAULT_KERNEL_WORD, type KernelSpec, parseKernelSpec } from '../supply/kernel/kernel-spec.ts';
import type { CommandWorld } from '../system/world.ts';

/** What the command line says about guests, as typed. */
export interface GuestWords {
  readonly kernel: string | null;
  readonly cpus: string | null;
  readonly memory: string | null;
  readonly archive: string | null;
}

/** The same, understood. */
export interface WantedGuest {
  readonly kernel: KernelSpec;
  readonly size: Partial<GuestSize>;
  /** Where kernels come from; `null` leaves it to the program. */
  readonly archive: string | null;
}

/** Wrong words are told before anything is looked for or fetched. */
export function parseGuestWords({ kernel, cpus, memory, archive }: GuestWords): WantedGuest {
  const wanted = {
    kernel: parseKernelSpec(kernel ?? DEFAULT_KERNEL_WORD),
    size: {
      ...(cpus === null ? {} : { cpus: parseCpus(cpus) }),
      ...(memory === null ? {} : { memoryMib: parseMemoryMib(memory) }),
    },
    archive,
  };
  if (archive !== null) requireUrl('--debian-archive', archive);
  return wanted;
}

/** An address that something can be fetched from. */
export function requireUrl(flag: string, word: string): void {
  if (URL.canParse(word) && ['http:', 'https:'].includes(new URL(word).protocol)) return;
  throw new UsageError(
    `${flag} ${JSON.stringify(word)}: not an address of the web`,
    `such as ${flag} https://mirror.example/path`,
  );
}

/** A guest as the places ask for it: its kernel is found, and fetched if need be, when the first one asks. */
export function makeGuestWish(
  { kernel, size, archive }: WantedGuest,
  { world, say }: { readonly world: CommandWorld; readonly say: (text: string) => void },
): GuestWish {
  const { exec, env, signal } = world;
  const source = archive === null ? {} : { archive };
  let found: ReturnType<typeof findKernel> | null = null;
  return {
    size,
    findKernel: () => {
      found ??= findKernel(kernel, { exec, env, ...source, onProgress: say, signal });
      return found;
    },
  };
}

export function describeGuest(guest: Guest): string {
  const execution = guest.execution === 'kvm' ? 'KVM' : `emulated: ${guest.executionReason}`;
  return `guest: kernel ${guest.release} (${guest.kernelOrigin}), ${guest.cpus} CPUs, ${guest.memoryMib} MiB, ${execution}`;
}
