import type { ExitCode } from '../../errors.ts';
import type { DoctorLine } from '../../model/diagnosis.ts';
import type { Guest } from '../../model/guest.ts';
import { startProgress } from '../../progress/start.ts';
import { describeTool } from '../../supply/packages/tool-line.ts';
import { NO_NAMESPACES } from '../../testbed/mode-support.ts';
import { doctorLine } from '../doctor-line.ts';
import { netns } from '../netns.ts';
import type { DoctorWorld, GuestParts, Launch, Place } from '../place.ts';
import { defaultGuestSize } from './guest-size.ts';
import { runInGuest } from './launch.ts';
import { findOfferedModes } from './offered-modes.ts';
import { prepareGuest } from './prepare-guest.ts';

/** The netns laboratory under another kernel, which decides which modes there are. */
export const vm: Place = {
  ...netns,
  name: 'vm',
  needs: [...netns.needs, 'guest'],
  support: async (modes, { guest }) => findOfferedModes(await guest.findKernel(), modes),
  makeGuest,
  diagnose,
  launch,
};

async function makeGuest({ scenario, wish, ...parts }: GuestParts): Promise<Guest> {
  return prepareGuest({
    kernel: await wish.findKernel(),
    size: { ...defaultGuestSize(scenario), ...wish.size },
    ...parts,
  });
}

/** virtme-ng, a kernel, and what else only a guest needs are fetched into the cache by the first run that asks for one. */
async function diagnose({ tools, support, machine }: DoctorWorld): Promise<DoctorLine> {
  const namespaces = support.flatMap((one) => (!one.supported && one.reason.code === NO_NAMESPACES ? one.reason : []));
  const lacks = tools
    .filter(({ one }) => one.neededFor === 'guest')
    .flatMap((tool) =>
      describeTool(tool, machine).lacks.map((lack) => ({ ...lack, message: `${tool.one.tool}: ${lack.message}` })),
    );
  return doctorLine('vm', 'the same laboratory under another kernel', [...namespaces.slice(0, 1), ...lacks]);
}

/** The progress of a run in a guest is shown out here: a terminal knows nothing of a guest. */
async function launch({ request, world }: Launch): Promise<ExitCode> {
  const { guest } = request;
  if (guest === undefined) throw new Error('a request for testbed vm has a guest');
  await using progress = startProgress(request.progress, world.streams);
  return await runInGuest(request, guest, {
    env: world.env,
    stderr: world.streams.stderr,
    progress,
    signal: world.signal,
  });
}
