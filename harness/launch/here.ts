import { EXIT, type ExitCode } from '../errors.ts';
import { startProgress } from '../progress/start.ts';
import type { RunRequest } from '../run/request.ts';
import { runScenario } from '../run/runner.ts';
import { systemClock } from '../system/clock.ts';
import type { CommandWorld } from '../system/world.ts';
import type { Place } from './place.ts';

/** Runs a request in this process, showing its progress. */
export async function runHere(
  request: RunRequest,
  { loadTestbed }: Pick<Place, 'loadTestbed'>,
  world: CommandWorld,
): Promise<ExitCode> {
  const kind = await loadTestbed();
  await using progress = startProgress(request.progress, world.streams);
  await runScenario(request, { kind, emit: progress.listen, clock: systemClock, signal: world.signal });
  return EXIT.ok;
}
