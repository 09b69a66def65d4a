import { constants } from 'node:fs';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { EnvironmentError } from '../errors.ts';
import { CommandError, type Exec } from '../system/exec.ts';

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs Debian packages. No service is started by it, nor at the next boot when nginx came with it: the harness starts its own. Services
 * that run already are left alone. Package lists are fetched only when those at hand do not do.
 */
export async function installDebianPackages(
  packages: readonly string[],
  exec: Exec,
  policyPath = POLICY,
): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  const install = () =>
    exec.run(['apt-get', ...wait, 'install', '-y', '--no-install-recommends', ...packages], { env });
  try {
    await using _policy = await forbidServiceStarts(policyPath);
    await install().catch(async (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      await exec.run(['apt-get', ...wait, 'update'], { env });
      return install();
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const command = `apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}`;
    throw new EnvironmentError(`packages cannot be installed: ${error.message}`, command, { cause: error });
  }
  if (packages.includes('nginx')) await exec.run(['systemctl', 'disable', 'nginx.service']).catch(() => {});
}

/**
 * policy-rc.d(8) keeps packages from starting their services. One that stands there already decides for itself. Ours asks whether this process is
 * still alive (number and start time), and removes itself when not: after a kill -9 it neither stays nor forbids anything.
 */
async function forbidServiceStarts(path: string): Promise<AsyncDisposable> {
  const exists = await access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
  if (exists) return { async [Symbol.asyncDispose]() {} };
  const started = startTicks(await readFile('/proc/self/stat', 'utf8'));
  await writeFile(path, policyScript({ path, pid: process.pid, started }), { mode: 0o755, flag: 'wx' });
  return {
    async [Symbol.asyncDispose]() {
      await rm(path, { force: true });
    },
  };
}

/** proc(5): field 22; the second field, the name in brackets, may hold spaces. */
function startTicks(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** `started`: the start time of that process in clock ticks (proc(5), field 22), which tells it from a later one with its number. */
export function policyScript(owner: { readonly path: string; readonly pid: number; readonly started: string }): string {
  const { path, pid, started } = owner;
  return `#!/bin/sh
# service-routing-bench: no service is started while it installs packages.
stat=$(cat /proc/${pid}/stat 2>/dev/null) || stat=
set -- \${stat##*) }
[ "\${20}" = "${started}" ] && exit 101
rm -f "${path}"
exit 0
`;
}
