import { z } from 'zod';
import type { Environment } from './run.ts';

/** A guest as a run asks for it and stores it: which kernel, how it runs, how large it is. */
export const guestSchema = z.strictObject({
  /** As asked for: "debian:bookworm". */
  kernelWord: z.string(),
  /** Where the kernel came from. */
  kernelOrigin: z.string(),
  release: z.string(),
  imagePath: z.string(),
  modulesPath: z.string().nullable(),
  /** Its build configuration, which the guest has no /boot to look for. */
  configPath: z.string().nullable(),
  execution: z.enum(['kvm', 'emulated']),
  /** Why not KVM. */
  executionReason: z.string().nullable(),
  cpus: z.int().min(1),
  memoryMib: z.int().min(1),
});
export type Guest = z.infer<typeof guestSchema>;

/** What a stored run says of its guest. */
export function summarizeGuest(guest: Guest): NonNullable<Environment['guest']> {
  const { kernelWord, kernelOrigin, executionReason, cpus, memoryMib } = guest;
  return { kernelWord, kernelOrigin, executionReason, cpus, memoryMib };
}
