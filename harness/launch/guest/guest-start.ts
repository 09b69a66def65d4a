import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Guest } from '../../model/guest.ts';
import { slownessOf } from '../../model/slowness.ts';
import { cachePath } from '../../supply/caches.ts';
import { findVirtme } from '../../supply/kernel/virtme.ts';
import { systemExec } from '../../system/exec.ts';
import { findHome } from '../../system/home.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import { PROJECT } from '../../system/project.ts';
import { formatCommand } from '../../system/shell-words.ts';
import { CACHE_MOVED_BY } from '../../system/xdg.ts';
import { guestCommand, guestScript, INSIDE } from './guest-command.ts';
import { findGuestTools } from './guest-tools.ts';
import { WALL, type WallOutside } from './wall.ts';

/** Words that start this program inside a guest. */
export function programInside(...words: readonly string[]): readonly string[] {
  return [process.execPath, join(PROJECT, 'harness/cli.ts'), ...words];
}

export interface GuestStart {
  readonly guest: Guest;
  readonly wall: WallOutside;
  /** The directory of this machine that the guest may write into, at the same path there. */
  readonly runDirectory: string;
  /** Directories that it reads much from, beside /usr and this program's own. */
  readonly read: readonly string[];
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Puts a guest's script into the wall, and gives the words that start the guest. */
export async function makeGuestCommand(start: GuestStart): Promise<readonly string[]> {
  const { guest, wall, runDirectory, read, program, env } = start;
  const compileCache = cachePath('compiled', env);
  await makeDirectory(compileCache, { movedBy: CACHE_MOVED_BY });
  const patience = { BENCH_PATIENCE: String(slownessOf(guest.execution)) };
  const script = guestScript({
    guest,
    overlaid: outermost(['/usr', PROJECT, dirname(process.execPath), ...read]),
    runDirectory,
    program,
    env: { NODE_COMPILE_CACHE: INSIDE.compileCache, HOME: findHome(env) ?? '/', TMPDIR: '/tmp', ...patience },
  });
  const scriptPath = join(wall.directory, WALL.script);
  await writeFile(scriptPath, script);
  const virtme = await findVirtme({ exec: systemExec, env, onProgress: start.say, signal: start.signal });
  const tools = await findGuestTools(wall.directory, {
    exec: systemExec,
    env,
    onProgress: start.say,
    signal: start.signal,
  });
  const shares = { run: runDirectory, control: wall.directory, compileCache };
  // The script is copied first: it hides the directory that it may stand in.
  return guestCommand({
    virtme,
    tools,
    guest,
    shares,
    script: `cat ${formatCommand([scriptPath])} >/run/guest.sh && exec sh /run/guest.sh`,
  });
}

/** Directories without those that lie inside another of them. */
function outermost(paths: readonly string[]): readonly string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => other !== path && path.startsWith(`${other}/`)));
}
