import { EXIT, type ExitCode } from '../errors.ts';
import type { CommandWorld } from './world.ts';

export async function runKernels(_options: unknown, _world: CommandWorld): Promise<ExitCode> {
  return EXIT.ok;
}
