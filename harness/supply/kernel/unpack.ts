import { existsSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import { CommandError, type Exec } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { makeDirectory } from '../../system/make-directory.ts';

/** Three quarters of a kernel package are drivers of hardware that no guest has. */
const NOT_IN_A_GUEST = [
  '*/kernel/sound',
  '*/kernel/drivers/gpu',
  '*/kernel/drivers/media',
  '*/kernel/drivers/infiniband',
  '*/kernel/drivers/iio',
  '*/kernel/drivers/staging',
  '*/kernel/drivers/usb',
  '*/kernel/drivers/hwmon',
  '*/kernel/drivers/net/wireless',
  '*/kernel/drivers/net/ethernet',
  '*/boot/System.map-*',
  './usr/share/*',
];

/** What unpacking takes; asked for before anything is downloaded. */
export function requireUnpacker(env: Readonly<Record<string, string | undefined>>): void {
  const missing = ['dpkg-deb', 'tar', 'bash'].filter((tool) => findTool(tool, env) === null);
  if (missing.length === 0) return;
  throw new EnvironmentError(
    `${missing.join(', ')} not found: a package of Debian cannot be unpacked`,
    `install, with this system's package manager, what Debian calls: ${missing.map((tool) => PACKAGES[tool] ?? tool).join(' ')}; or take a kernel that is here, with --kernel PATH`,
  );
}

const PACKAGES: Readonly<Record<string, string>> = { 'dpkg-deb': 'dpkg' };

/** Unpacks a .deb into a directory, without the parts that no guest needs. Touches nothing of the system. */
export async function unpackPackage(deb: string, directory: string, exec: Exec): Promise<void> {
  const excludes = NOT_IN_A_GUEST.map((pattern) => `--exclude=${pattern}`);
  const script = 'set -o pipefail; deb=$1; to=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" "$@"';
  await runOrExplain(exec, ['bash', '-c', script, 'unpack', deb, directory, ...excludes], directory);
}

async function runOrExplain(exec: Exec, command: readonly string[], directory: string): Promise<void> {
  try {
    await exec.run(command, { timeoutMs: 300_000 });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (/No space left|ENOSPC|Disk quota/i.test(error.stderrTail))
      throw new EnvironmentError(
        `the disk is full: the kernel cannot be unpacked into ${directory}`,
        'make room there (a kernel needs about 400 MB while it is unpacked; npm run clean shows what can go), or name another place with XDG_CACHE_HOME',
        { cause: error },
      );
    throw error;
  }
}

/**
 * Brings an unpacked kernel into one shape (`boot/vmlinuz-R`, `lib/modules/R`; from Debian 13 on modules stand below usr/lib) and indexes its modules. Resolves with its
 * release.
 */
export async function settleKernel(directory: string, exec: Exec): Promise<string> {
  const merged = join(directory, 'usr/lib/modules');
  if (existsSync(merged)) {
    await makeDirectory(join(directory, 'lib'));
    await rename(merged, join(directory, 'lib/modules'));
  }
  const [release] = await readdir(join(directory, 'lib/modules')).catch(() => []);
  if (release !== undefined) await moveImage(directory, release);
  if (release === undefined || !existsSync(join(directory, `boot/vmlinuz-${release}`)))
    throw new EnvironmentError(
      `the kernel's packages hold no image with modules`,
      'take another suite; this is a layout of packages that this version does not know',
    );
  const depmod = findTool('depmod', process.env) ?? 'depmod';
  await runOrExplain(exec, [depmod, '-b', directory, release], directory);
  return release;
}

/** From kernel 6.17 on Debian's packages have image and configuration beside the modules and leave it to a hook to copy them to /boot. */
async function moveImage(directory: string, release: string): Promise<void> {
  const modules = join(directory, 'lib/modules', release);
  await makeDirectory(join(directory, 'boot'));
  for (const name of ['vmlinuz', 'config']) {
    const target = join(directory, `boot/${name}-${release}`);
    if (existsSync(join(modules, name)) && !existsSync(target)) await rename(join(modules, name), target);
  }
}
