import { EXIT, type ExitCode } from '../errors.ts';
import { diagnose } from '../prepare/diagnosis.ts';
import { readMachine } from '../supply/packages/ensure.ts';
import type { Exec } from '../system/exec.ts';
import { formatDiagnosis } from './diagnosis-text.ts';

/** `npm run doctor`: what works here and what to do about the rest. Exit 0 when the smoke scenario can run, 3 when not. Changes nothing. */
export async function runDoctor(
  options: { readonly json: boolean },
  world: {
    readonly stdout: (text: string) => void;
    readonly exec: Exec;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Width of the terminal. */
    readonly columns?: number | undefined;
  },
): Promise<ExitCode> {
  const diagnosis = await diagnose({ exec: world.exec, env: world.env, machine: readMachine() });
  const text = options.json
    ? `${JSON.stringify(diagnosis, null, 2)}\n`
    : formatDiagnosis(diagnosis, Math.min(world.columns ?? 100, 120));
  world.stdout(text);
  return diagnosis.smokeCanRun ? EXIT.ok : EXIT.environment;
}
