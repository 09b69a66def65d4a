import { constants } from 'node:fs';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { EnvironmentError } from '../../errors.ts';
import { explainDiskError } from '../../system/atomic-file.ts';
import { CommandError, type Exec } from '../../system/exec.ts';

const POLICY = '/usr/sbin/policy-rc.d';

const ENV = { DEBIAN_FRONTEND: 'noninteractive' };
const WAIT = ['-o', 'DPkg::Lock::Timeout=120'];
/** Nothing that is there is upgraded or removed. */
const INSTALL = ['install', '--no-install-recommends', '--no-upgrade', '--no-remove'];

/** Those of these packages that are not installed. All of them where dpkg cannot be asked. */
export async function withoutInstalled(packages: readonly string[], exec: Exec): Promise<readonly string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own spelling
  const format = '${db:Status-Abbrev}${Package}\\n';
  const said = await exec.run(['dpkg-query', '--show', `--showformat=${format}`]).catch(() => null);
  const installed = new Set((said?.stdout ?? '').split('\n').flatMap((line) => /^.i.(\S+)/.exec(line)?.[1] ?? []));
  return packages.filter((name) => !installed.has(name));
}

/**
 * Installs Debian packages that are not there, and what they need; first it is tried on paper, and refused when a package of this machine would be upgraded or removed.
 * No service is started by it, nor at the next boot when nginx came with it: the harness starts its own. Services that run already are left alone. Package lists are
 * fetched only when those at hand do not do.
 */
export async function installDebianPackages(
  packages: readonly string[],
  exec: Exec,
  options: InstallOptions = {},
): Promise<'done' | 'nothing done'> {
  try {
    await using _policy = await forbidServiceStarts(options.policyPath ?? POLICY);
    const outcome = await installOnce(packages, exec, options).catch(async (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      await exec.run(['apt-get', ...WAIT, 'update'], { env: ENV });
      return installOnce(packages, exec, options);
    });
    if (outcome === 'nothing done') return outcome;
  } catch (error) {
    if (!(error instanceof CommandError)) throw explainDiskError(error, POLICY);
    const command = `apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}`;
    throw new EnvironmentError(`packages cannot be installed: ${error.message}`, command, { cause: error });
  }
  if (packages.includes('nginx')) await exec.run(['systemctl', 'disable', 'nginx.service']).catch(() => {});
  return 'done';
}

interface InstallOptions {
  readonly policyPath?: string;
  readonly onProgress?: (text: string) => void;
  /** Asked with all that would come; yes where it is absent. */
  readonly mayInstall?: (packages: readonly string[]) => Promise<boolean>;
}

async function installOnce(
  packages: readonly string[],
  exec: Exec,
  { onProgress, mayInstall }: InstallOptions,
): Promise<'done' | 'nothing done'> {
  const { stdout } = await exec.run(['apt-get', '--simulate', ...INSTALL, ...packages], {
    env: { ...ENV, LC_ALL: 'C' },
  });
  const plan = parseSimulation(stdout);
  const changed = [...plan.upgraded, ...plan.removed];
  if (changed.length > 0)
    throw new EnvironmentError(
      `${packages.join(' ')} cannot be installed without changing packages that are here: ${changed.join(', ')}`,
      `apt-get install --no-install-recommends ${packages.join(' ')}  (that changes them)`,
    );
  if (mayInstall !== undefined && !(await mayInstall(plan.added))) return 'nothing done';
  onProgress?.(`installing the packages ${plan.added.join(' ')} (their services are not started, nothing is upgraded)`);
  await exec.run(['apt-get', ...WAIT, ...INSTALL, '-y', ...packages], { env: ENV });
  return 'done';
}

/** apt-get --simulate, apt 2.6: `Inst NAME (VERSION …)`, with the version that is there in brackets after the name when it is an upgrade; `Remv NAME`. */
function parseSimulation(text: string): {
  readonly added: readonly string[];
  readonly upgraded: readonly string[];
  readonly removed: readonly string[];
} {
  const names = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
  return { added: names(/^Inst (\S+) \(/gm), upgraded: names(/^Inst (\S+) \[/gm), removed: names(/^Remv (\S+)/gm) };
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
