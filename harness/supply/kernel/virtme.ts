import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import { CommandError, type Exec } from '../../system/exec.ts';
import { acquireFileLock } from '../../system/file-lock.ts';
import { findTool } from '../../system/find-tool.ts';
import { fetchVariables } from '../../system/laboratory-variables.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import { CACHE_MOVED_BY } from '../../system/xdg.ts';
import { cachePath } from '../caches.ts';

/** Tried with 1.35, which is Debian 13's; 1.33 and older lack options that are used here. */
const VIRTME_VERSION = '1.35';

export interface VirtmeWorld {
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** `virtme-run`, the starter inside virtme-ng: the machine's own (a package from Debian 13 on), or one in a private virtual environment in the cache, made now if need be. */
export async function findVirtme(world: VirtmeWorld): Promise<string> {
  const installed = findTool('virtme-run', world.env);
  if (installed !== null && (await knowsOptions(installed, world))) return installed;
  const cached = cachedVirtme(world.env);
  if (existsSync(cached.ready)) return cached.program;
  await makeDirectory(join(cached.directory, '..'), { movedBy: CACHE_MOVED_BY });
  await using _lock = await acquireFileLock(
    `${cached.directory}.lock`,
    () => world.onProgress('waiting for another process that is fetching virtme-ng'),
    world.signal,
  );
  if (!existsSync(cached.ready)) await install(cached.directory, world);
  return cached.program;
}

/** What is asked of it (guest-command.ts) that older ones do not know: Debian 12's package virtme has a `virtme-run` of 2019. */
const OPTIONS = ['--disable-microvm', '--show-boot-console', '--busybox', '--no-virtme-ng-init', '--script-sh'];

async function knowsOptions(program: string, { exec, onProgress }: VirtmeWorld): Promise<boolean> {
  const help = await exec.run([program, '--help'], { timeoutMs: 20_000 }).catch(() => null);
  const missing = OPTIONS.filter((option) => !help?.stdout.includes(option));
  if (missing.length === 0) return true;
  onProgress(`${program} does not know ${missing.join(', ')}: virtme-ng ${VIRTME_VERSION} is taken instead`);
  return false;
}

/** Where the private one stands, whether or not it is there. `ready` is written last. */
function cachedVirtme(env: VirtmeWorld['env']) {
  const directory = cachePath('virtme', env, VIRTME_VERSION);
  return { directory, program: join(directory, 'bin/virtme-run'), ready: join(directory, 'ready') };
}

/** A virtual environment cannot be moved, so it is made in place, and one that is not whole is removed. */
async function install(directory: string, { exec, env, onProgress, signal }: VirtmeWorld): Promise<void> {
  const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : (findTool('python3', env) ?? 'python3');
  const variables = { variables: 'laboratory', env: fetchVariables(env) } as const;
  const options = { timeoutMs: 300_000, ...variables, ...(signal === undefined ? {} : { signal }) };
  onProgress(`fetching virtme-ng ${VIRTME_VERSION} from PyPI into the cache`);
  await rm(directory, { recursive: true, force: true });
  try {
    await exec.run([python, '-m', 'venv', directory], options);
    const pip = [join(directory, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check'];
    await exec.run([...pip, `virtme-ng==${VIRTME_VERSION}`], options);
    await writeFile(join(directory, 'ready'), '');
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    if (!(error instanceof CommandError)) throw error;
    throw new EnvironmentError(
      `virtme-ng cannot be installed: ${error.message}`,
      'apt-get install virtme-ng (Debian 13 or later), or: apt-get install python3-venv, and start it again; behind a mirror set PIP_INDEX_URL',
      { cause: error },
    );
  }
}
