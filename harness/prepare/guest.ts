import { UsageError } from '../errors.ts';
import { defaultGuestSize, parseCpus, parseMemoryMib } from '../launch/guest/guest-size.ts';
import { prepareGuest } from '../launch/guest/prepare-guest.ts';
import { makeVmKind, type VmKind } from '../launch/guest/vm.ts';
import type { Guest } from '../model/guest.ts';
import type { Scenario } from '../model/scenario.ts';
import { parseKernelSpec } from '../supply/kernel/kernel-spec.ts';
import type { CommandWorld } from '../system/world.ts';

/** What the command line says about guests, as typed. */
export interface GuestWishes {
  readonly kernel: string | null;
  readonly cpus: string | null;
  readonly memory: string | null;
  readonly archive: string | null;
}

/** Wrong words are told before anything is looked for or fetched. */
export function checkGuestWishes({ kernel, cpus, memory, archive }: GuestWishes): void {
  if (kernel !== null) parseKernelSpec(kernel);
  if (cpus !== null) parseCpus(cpus);
  if (memory !== null) parseMemoryMib(memory);
  if (archive !== null) requireUrl('--debian-archive', archive);
}

/** An address that something can be fetched from. */
export function requireUrl(flag: string, word: string): void {
  if (URL.canParse(word) && ['http:', 'https:'].includes(new URL(word).protocol)) return;
  throw new UsageError(
    `${flag} ${JSON.stringify(word)}: not an address of the web`,
    `such as ${flag} https://mirror.example/path`,
  );
}

interface Parts {
  readonly options: { readonly guest: GuestWishes };
  readonly world: CommandWorld;
  readonly say: (text: string) => void;
}

/** Testbed vm with this command's kernel. Asked what it supports, it fetches the kernel first. */
export function makeGuestKind(kernelWord: string, { options, world, say }: Parts): VmKind {
  return makeVmKind(parseKernelSpec(kernelWord), {
    exec: world.exec,
    env: world.env,
    ...(options.guest.archive === null ? {} : { archive: options.guest.archive }),
    onProgress: say,
    signal: world.signal,
  });
}

/** The guest of a run, and a line that says what it is. */
export async function makeGuest(
  kind: VmKind,
  parts: Parts & { readonly scenario: Scenario; readonly directory: string },
): Promise<Guest> {
  const { options, world, say, scenario, directory } = parts;
  const usual = defaultGuestSize(scenario);
  const { cpus, memory } = options.guest;
  const size = {
    cpus: cpus === null ? usual.cpus : parseCpus(cpus),
    memoryMib: memory === null ? usual.memoryMib : parseMemoryMib(memory),
  };
  const guest = await prepareGuest({ kernel: await kind.kernel(), size, exec: world.exec, env: world.env, directory });
  say(
    `guest: kernel ${guest.release} (${guest.kernelOrigin}), ${guest.cpus} CPUs, ${guest.memoryMib} MiB, ${guest.execution === 'kvm' ? 'KVM' : `emulated: ${guest.executionReason}`}`,
  );
  return guest;
}
