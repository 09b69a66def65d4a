import { join } from 'node:path';
import { cachePath } from '../supply/caches.ts';
import { CommandError, type Exec } from '../system/exec.ts';
import { makeDirectory } from '../system/make-directory.ts';

export type Hey = { readonly kind: 'found'; readonly path: string } | { readonly kind: 'absent'; readonly why: string };

/** hey, the Go load generator that client CPU is compared with: on PATH, in our cache, or built into it from the Go module proxy. */
export async function findHey(exec: Exec, env: Readonly<Record<string, string | undefined>>): Promise<Hey> {
  const directory = cachePath('perf', env);
  const cached = join(directory, 'hey');
  for (const path of ['hey', cached]) {
    if (await runs(exec, ['sh', '-c', 'command -v "$1"', 'find', path])) return { kind: 'found', path };
  }
  if (!(await runs(exec, ['go', 'version'])))
    return { kind: 'absent', why: 'hey is not on PATH, and without go it cannot be built' };
  try {
    await makeDirectory(directory);
    const timeoutMs = 180_000;
    await exec.run(['go', 'install', 'github.com/rakyll/hey@v0.1.5'], { env: { GOBIN: directory }, timeoutMs });
    return { kind: 'found', path: cached };
  } catch (error) {
    return { kind: 'absent', why: `hey could not be built: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function runs(exec: Exec, command: readonly string[]): Promise<boolean> {
  try {
    await exec.run(command);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}
