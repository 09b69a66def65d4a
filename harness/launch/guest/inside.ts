import { readFile, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError, EXIT, type ExitCode } from '../../errors.ts';
import type { Guest } from '../../model/guest.ts';
import type { Mode } from '../../model/mode.ts';
import type { ModeSupport } from '../../model/mode-support.ts';
import { slownessOf } from '../../model/slowness.ts';
import { type RunRequest, runRequestSchema } from '../../run/request.ts';
import { systemExec } from '../../system/exec.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import { probeModes } from '../../testbed/mode-support.ts';
import { runInLaboratory } from '../laboratory-process.ts';
import { laboratoryProgram } from '../namespaces.ts';
import { refuseOrSkip } from '../refuse-or-skip.ts';
import { type GuestAnswer, guestQuestionSchema } from './ask-guest.ts';
import { INSIDE } from './guest-command.ts';
import { startWallInside, WALL } from './wall.ts';

/** What the program does first inside a guest: asks this kernel for the modes, then starts the laboratory as on any machine, with the wall's two signs beside it. */
export async function runInside(control: string): Promise<ExitCode> {
  using _wall = startWallInside(control, () => process.kill(process.pid, 'SIGINT'));
  await makeDirectory(INSIDE.work);
  const request = runRequestSchema.parse(JSON.parse(await readFile(join(control, WALL.request), 'utf8')));
  const path = join(INSIDE.work, WALL.request);
  await writeFile(path, JSON.stringify(await withModesOfThisKernel(request)));
  // Awaited here: what is `using` ends with this function.
  return await runInLaboratory(laboratoryProgram(path));
}

/** Asks this guest's kernel for modes, and nothing more. */
export async function answerInside(control: string): Promise<ExitCode> {
  using _wall = startWallInside(control, () => process.kill(process.pid, 'SIGINT'));
  const question = guestQuestionSchema.parse(JSON.parse(await readFile(join(control, WALL.request), 'utf8')));
  const support = await probeGuest(question.modes, question.execution);
  const answer: GuestAnswer = {
    release: release(),
    modes: support.map((one) => ({ mode: one.mode, reason: one.supported ? null : one.reason })),
  };
  await writeFile(join(control, WALL.answer), JSON.stringify(answer));
  return EXIT.ok;
}

/** In here it is no use to load a module by hand or to take a guest. */
const OTHER_KERNEL = 'take another kernel with --kernel (npm run kernels lists the modes of each)';

async function probeGuest(modes: readonly Mode[], execution: Guest['execution']): Promise<readonly ModeSupport[]> {
  const support = await probeModes(modes, systemExec, { slowness: slownessOf(execution) });
  return support.map((one) => {
    const isKernels = !one.supported && one.reason.code.startsWith('kernel-');
    return isKernels ? { ...one, reason: { ...one.reason, remedy: OTHER_KERNEL } } : one;
  });
}

/** Outside, only the kernel's configuration could be asked. A mode that does not work after all is refused or left out, as the scenario says. */
async function withModesOfThisKernel(request: RunRequest): Promise<RunRequest> {
  const { scenario, refusedModes, guest } = request;
  const support = await probeGuest(request.modes, guest?.execution ?? 'kvm');
  const { modes, refused } = refuseOrSkip(support, scenario, (_refused, lines) => {
    const remedy = 'take another kernel with --kernel, or leave them out with --modes';
    return new EnvironmentError(`this guest's kernel cannot run:\n${lines}`, remedy);
  });
  const left = refused.map(({ mode, reason }) => ({ mode, reason }));
  return { ...request, modes: [...modes], refusedModes: [...refusedModes, ...left] };
}
