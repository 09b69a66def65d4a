import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExitCode } from '../../errors.ts';
import type { Guest } from '../../model/guest.ts';
import type { Progress } from '../../progress/start.ts';
import type { RunRequest } from '../../run/request.ts';
import { INSIDE } from './guest-command.ts';
import { runGuest } from './guest-process.ts';
import { makeGuestCommand, programInside } from './guest-start.ts';
import { WALL, WallOutside } from './wall.ts';

export interface GuestWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: NodeJS.WritableStream;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Runs a request inside a guest: the same program with the laboratory of testbed netns, under another kernel, over this machine's files. Results are written into the run's directory
 * as they come; progress, Ctrl-C and the exit code pass through the wall. Resolves with the program's exit code; rejects when the guest itself failed (see runGuest).
 */
export async function runInGuest(request: RunRequest, guest: Guest, world: GuestWorld): Promise<ExitCode> {
  const wall = await WallOutside.make(join(request.temporaryDirectory, 'guest'));
  const inside: RunRequest = { ...request, temporaryDirectory: INSIDE.work, progress: 'json' };
  await writeFile(join(wall.directory, WALL.request), JSON.stringify(inside));
  const command = await makeGuestCommand({
    guest,
    wall,
    runDirectory: request.runDirectory,
    read: Object.values(request.kubeProxies).map(({ path }) => dirname(path)),
    program: programInside('guest', INSIDE.control),
    env: world.env,
    say: (text) => void world.stderr.write(`${text}\n`),
    signal: world.signal,
  });
  return await runGuest(command, {
    guest,
    wall,
    consolePath: join(request.logsDirectory, 'console.log'),
    signal: world.signal,
    onLook: () => {
      for (const event of wall.readEvents()) world.progress.listen(event);
      for (const line of wall.readErrorLines()) world.stderr.write(`${line}\n`);
    },
  });
}
