import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guest } from '../../../model/guest.ts';
import { findKernel } from '../../../supply/kernel/find-kernel.ts';
import { DEFAULT_KERNEL_WORD, parseKernelSpec } from '../../../supply/kernel/kernel-spec.ts';
import { systemExec } from '../../../system/exec.ts';
import type { Examined, ExamineRequest } from '../../../testbed/netns/testing/examine.ts';
import { INSIDE } from '../guest-command.ts';
import { runGuest } from '../guest-process.ts';
import { makeGuestCommand } from '../guest-start.ts';
import { prepareGuest } from '../prepare-guest.ts';
import { WALL, WallOutside } from '../wall.ts';

const INSIDE_PROGRAM = fileURLToPath(new URL('./examine-inside.ts', import.meta.url));
const EXAMINE = fileURLToPath(new URL('../../../testbed/netns/testing/examine.ts', import.meta.url));

/** A guest with the usual kernel, made as a run makes it. */
async function usualGuest(directory: string, memoryMib = 2048): Promise<Guest> {
  const options = { exec: systemExec, env: process.env, onProgress: () => undefined };
  const kernel = await findKernel(parseKernelSpec(DEFAULT_KERNEL_WORD), options);
  return prepareGuest({ kernel, size: { cpus: 2, memoryMib }, exec: systemExec, env: process.env, directory });
}

/** Runs examine.ts (the netns laboratory's test program) in a guest and gives what it printed. */
export async function examineInGuest(request: ExamineRequest): Promise<Examined> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-guest-'));
  try {
    const guest = await usualGuest(directory);
    const wall = await WallOutside.make(join(directory, 'wall'));
    const answers = join(directory, 'answers');
    await mkdir(answers);
    const { signal } = new AbortController();
    const command = await makeGuestCommand({
      guest,
      wall,
      runDirectory: answers,
      read: Object.values(request.kubeProxies).map(({ path }) => dirname(path)),
      program: [
        process.execPath,
        INSIDE_PROGRAM,
        INSIDE.control,
        process.execPath,
        EXAMINE,
        JSON.stringify({ ...request, guest }),
      ],
      env: process.env,
      say: () => undefined,
      signal,
    });
    const errors: string[] = [];
    const onLook = () => void errors.push(...wall.readErrorLines());
    const code = await runGuest(command, { guest, wall, consolePath: join(directory, 'console.log'), onLook, signal });
    if (code !== 0) throw new Error(`examine.ts ended with ${code} in the guest: ${errors.join('\n')}`);
    const output = await readFile(join(wall.directory, WALL.events), 'utf8');
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Examined;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
