import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitCode } from '../errors.ts';
import { EXIT } from '../errors.ts';
import { startProgress } from '../progress/start.ts';
import { closeRun } from '../run/close-run.ts';
import { REQUEST_FILE, type RunRequest, runRequestSchema } from '../run/request.ts';
import { runScenario } from '../run/runner.ts';
import { systemClock } from '../system/clock.ts';
import type { CommandWorld } from '../system/world.ts';
import { runInGuest } from './guest/launch.ts';
import { runInLaboratory } from './laboratory-process.ts';
import { laboratoryProgram } from './namespaces.ts';
import { loadKind } from './places.ts';

/** Runs a request where its testbed wants it: netns inside the laboratory's namespaces, by starting this program again; the others here. */
export async function launchRun(request: RunRequest, world: CommandWorld): Promise<ExitCode> {
  using _tidying = world.tidiesUp();
  const path = join(request.temporaryDirectory, REQUEST_FILE);
  await writeFile(path, JSON.stringify(request));
  if (request.testbed === 'vm') return await launchGuest(request, world);
  if (request.testbed !== 'netns') return await runRequest(request, world);
  try {
    return await runInLaboratory(laboratoryProgram(path, { debug: world.words.includes('--debug') }));
  } catch (error) {
    await closeRun(request.runDirectory, error);
    throw error;
  }
}

/** The progress of a run in a guest is shown out here: a terminal knows nothing of a guest. */
async function launchGuest(request: RunRequest, world: CommandWorld): Promise<ExitCode> {
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

/** Runs a request in this process, showing its progress. */
export async function runRequest(request: RunRequest, world: CommandWorld): Promise<ExitCode> {
  using _tidying = world.tidiesUp();
  const parsed = runRequestSchema.parse(request);
  const kind = await loadKind(parsed.testbed);
  await using progress = startProgress(parsed.progress, world.streams);
  await runScenario(parsed, { kind, emit: progress.listen, clock: systemClock, signal: world.signal });
  return EXIT.ok;
}
