import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import { toolVariables } from '../../system/laboratory-variables.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import { type RunningProcess, startProcess } from '../../system/process.ts';
import { kubeconfig, kubeProxyConfig } from './config.ts';

export interface StartKubeProxyOptions {
  readonly mode: Mode;
  readonly binary: string;
  readonly version: string;
  readonly nodeName: string;
  readonly apiServerUrl: string;
  readonly podRange: string;
  /** Words that put it into its node's network namespace. */
  readonly commandPrefix: readonly string[];
  /** For its configuration; one directory per process. */
  readonly directory: string;
  readonly logFile: string;
  /** How much longer than on bare metal anything takes here. */
  readonly slowness: number;
  /** Where the iptables flavours are: absolute paths of xtables-legacy-multi and xtables-nft-multi. */
  readonly xtables: Readonly<Record<'legacy' | 'nft', string | null>>;
}

/**
 * Starts a real kube-proxy in the laboratory, whose /run is its own. It gets a mount namespace with an iptables' lock (/run/xtables.lock) for itself, because there is one
 * lock per mount namespace and several kube-proxies program at once; and a directory in front of PATH in which `iptables` is the flavour asked for.
 */
export async function startKubeProxy(options: StartKubeProxyOptions): Promise<RunningProcess> {
  const { mode, directory } = options;
  await makeDirectory(directory);
  const kubeconfigPath = join(directory, 'kubeconfig');
  const configPath = join(directory, 'config.yaml');
  await writeFile(kubeconfigPath, kubeconfig(options.apiServerUrl));
  await writeFile(
    configPath,
    kubeProxyConfig({
      routing: mode.routing,
      version: options.version,
      nodeName: options.nodeName,
      kubeconfigPath,
      podRange: options.podRange,
      slowness: options.slowness,
    }),
  );
  // Below /run and not in `directory`: a colon in a path cannot be in PATH, and a lock file has to lie on a file system that takes locks.
  const own = await mkdtemp('/run/kube-proxy-');
  const path = await makeToolPath(own, options);
  const withOwnLock = ['unshare', '--mount', 'sh', '-c', OWN_LOCK_SCRIPT, own];
  return startProcess({
    name: `kube-proxy (${mode.id})`,
    command: [
      ...options.commandPrefix,
      ...withOwnLock,
      options.binary,
      `--config=${configPath}`,
      ...modeOf(mode).logFlags,
    ],
    logFile: options.logFile,
    env: { PATH: path },
  });
}

const OWN_LOCK_SCRIPT =
  ': >>/run/xtables.lock && : >"$0/xtables.lock" && mount -n --bind "$0/xtables.lock" /run/xtables.lock && exec "$@"';

async function makeToolPath(own: string, options: StartKubeProxyOptions): Promise<string> {
  const usual = toolVariables(process.env).PATH ?? '';
  const multi = options.xtables[modeOf(options.mode).iptables?.flavour ?? 'nft'];
  if (multi === null) return usual;
  const tools = join(own, 'bin');
  await makeDirectory(tools);
  const names = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);
  await Promise.all(names.map((name) => symlink(multi, join(tools, name))));
  return `${tools}:${usual}`;
}
