import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitCode } from '../errors.ts';
import { closeRun } from '../run/close-run.ts';
import { REQUEST_FILE, type RunRequest, runRequestSchema } from '../run/request.ts';
import type { CommandWorld } from '../system/world.ts';
import { runHere } from './here.ts';
import { PLACES } from './places.ts';

/** Takes a request to its place and runs it there. A run whose place ended under it is closed from out here. */
export async function launchRun(request: RunRequest, world: CommandWorld): Promise<ExitCode> {
  using _deferred = world.deferSignals();
  const requestPath = join(request.temporaryDirectory, REQUEST_FILE);
  await writeFile(requestPath, JSON.stringify(request));
  try {
    return await PLACES[request.testbed].launch({ request, requestPath, world });
  } catch (error) {
    await closeRun(request.runDirectory, error);
    throw error;
  }
}

/** The other half: runs a request in this process, which stands where its place wants it. */
export async function runRequest(request: unknown, world: CommandWorld): Promise<ExitCode> {
  using _deferred = world.deferSignals();
  const parsed = runRequestSchema.parse(request);
  return await runHere(parsed, PLACES[parsed.testbed], world);
}
