import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EnvironmentError, EXIT } from '../../errors.ts';
import { type Guest, guestSchema } from '../../model/guest.ts';
import { type Mode, modeSchema } from '../../model/mode.ts';
import { reasonSchema } from '../../model/reason.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import { INSIDE } from './guest-command.ts';
import { runGuest } from './guest-process.ts';
import { makeGuestCommand, programInside } from './guest-start.ts';
import { WALL, WallOutside } from './wall.ts';

/** What a guest is asked, and how it runs. */
export const guestQuestionSchema = z.strictObject({
  modes: z.array(modeSchema),
  execution: guestSchema.shape.execution,
});

/** What a kernel answered when it was started and asked. */
const guestAnswerSchema = z.strictObject({
  /** `uname -r` of the running guest. */
  release: z.string(),
  modes: z.array(z.strictObject({ mode: modeSchema, reason: reasonSchema.nullable() })),
});
export type GuestAnswer = z.infer<typeof guestAnswerSchema>;

/** Starts a guest that asks its kernel for every one of these modes, and ends. Also the smoke test of a kernel: it boots, finds this machine's files and loads modules. */
export async function askGuest(
  guest: Guest,
  modes: readonly Mode[],
  world: {
    readonly directory: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly say: (text: string) => void;
    readonly signal: AbortSignal;
    readonly bootDeadlineMs?: number;
  },
): Promise<GuestAnswer> {
  const wall = await WallOutside.make(join(world.directory, 'guest'));
  const answers = join(world.directory, 'answers');
  await makeDirectory(answers);
  await writeFile(join(wall.directory, WALL.request), JSON.stringify({ modes, execution: guest.execution }));
  const command = await makeGuestCommand({
    ...world,
    guest,
    wall,
    runDirectory: answers,
    read: [],
    program: programInside('guest', INSIDE.control, '--ask'),
  });
  const said: string[] = [];
  const code = await runGuest(command, {
    guest,
    wall,
    consolePath: join(world.directory, 'console.log'),
    signal: world.signal,
    onLook: () => said.push(...wall.readErrorLines()),
    ...(world.bootDeadlineMs === undefined ? {} : { bootDeadlineMs: world.bootDeadlineMs }),
  });
  if (code !== EXIT.ok)
    throw new EnvironmentError(
      `the guest could not ask its kernel: ${said.join(' ')}`,
      'npm run kernels -- --boot --debug',
    );
  return guestAnswerSchema.parse(JSON.parse(readFileSync(join(wall.directory, WALL.answer), 'utf8')));
}
