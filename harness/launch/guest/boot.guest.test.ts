import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Mode } from '../../model/mode.ts';
import { findCachedKernel, findKernel } from '../../supply/kernel/find-kernel.ts';
import type { Kernel } from '../../supply/kernel/kernel.ts';
import { DEBIAN_SUITES, DEFAULT_KERNEL_WORD, parseKernelSpec } from '../../supply/kernel/kernel-spec.ts';
import { findLacks } from '../../supply/packages/ensure.ts';
import { OF_A_GUEST } from '../../supply/packages/prerequisites.ts';
import { systemExec } from '../../system/exec.ts';
import { askGuest } from './ask-guest.ts';
import { findOfferedModes } from './offered-modes.ts';
import { prepareGuest } from './prepare-guest.ts';

const skip =
  ((await findLacks(OF_A_GUEST, { exec: systemExec, env: process.env })).length > 0 || process.getuid?.() !== 0) &&
  process.env.CI !== 'true';
const MODES: readonly Mode[] = [
  { id: 'iptables-legacy', routing: { kind: 'iptables', backend: 'legacy' }, proxyVersion: null },
  { id: 'iptables-nft', routing: { kind: 'iptables', backend: 'nft' }, proxyVersion: null },
  { id: 'ipvs', routing: { kind: 'ipvs', scheduler: 'rr' }, proxyVersion: null },
  { id: 'nftables', routing: { kind: 'nftables' }, proxyVersion: null },
];
const options = { exec: systemExec, env: process.env, onProgress: () => undefined };

/** The usual kernel, and whatever others are in the cache already. */
const kernels: readonly Kernel[] = skip
  ? []
  : [
      await findKernel(parseKernelSpec(DEFAULT_KERNEL_WORD), options),
      ...(await Promise.all(DEBIAN_SUITES.map((suite) => findCachedKernel(suite, process.env))))
        .filter((one) => one !== null)
        .filter((one) => one.word !== DEFAULT_KERNEL_WORD),
    ];

async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-boot-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test.skipIf(skip).each(kernels)(
  '$word starts ($release), and runs the modes that its configuration promises',
  (kernel) =>
    withDirectory(async (directory) => {
      const size = { cpus: 2, memoryMib: 1024 };
      const guest = await prepareGuest({ kernel, size, exec: systemExec, env: process.env, directory });
      const { signal } = new AbortController();
      const answer = await askGuest(guest, MODES, { directory, env: process.env, say: () => undefined, signal });
      expect(answer.release).toBe(kernel.release);
      const promised = (await findOfferedModes(kernel, MODES)).filter((one) => one.supported);
      const kept = answer.modes.filter((one) => one.reason === null);
      expect(kept.map((one) => one.mode.id)).toEqual(promised.map((one) => one.mode.id));
    }),
  300_000,
);

test.skipIf(skip)(
  'a guest with too little memory for its kernel ends in an error that says so or shows its console, and leaves no process',
  () =>
    withDirectory(async (directory) => {
      const [kernel] = kernels;
      if (kernel === undefined) throw new Error('no kernel');
      const size = { cpus: 1, memoryMib: 96 };
      const guest = await prepareGuest({ kernel, size, exec: systemExec, env: process.env, directory });
      const { signal } = new AbortController();
      // Where the kernel has just enough for itself, the program never comes to its first sign of life.
      const world = { directory, env: process.env, say: () => undefined, signal, bootDeadlineMs: 60_000 };
      const asked = askGuest(guest, MODES, world);
      await expect(asked).rejects.toMatchObject({ exitCode: 3, remedy: expect.stringContaining('--memory') });
      const processes = await systemExec.run(['ps', '-e', '-o', 'args=']);
      expect(processes.stdout).not.toContain(directory);
    }),
  300_000,
);

test.skipIf(skip)(
  'Ctrl-C while the guest boots ends it at once',
  () =>
    withDirectory(async (directory) => {
      const [kernel] = kernels;
      if (kernel === undefined) throw new Error('no kernel');
      const size = { cpus: 1, memoryMib: 1024 };
      const guest = await prepareGuest({ kernel, size, exec: systemExec, env: process.env, directory });
      const stopping = new AbortController();
      setTimeout(() => stopping.abort(), 3000);
      const started = performance.now();
      const world = { directory, env: process.env, say: () => undefined, signal: stopping.signal };
      await expect(askGuest(guest, MODES, world)).rejects.toMatchObject({ exitCode: 130 });
      expect(performance.now() - started).toBeLessThan(8000);
      const processes = await systemExec.run(['ps', '-e', '-o', 'args=']);
      expect(processes.stdout).not.toContain(directory);
    }),
  60_000,
);
