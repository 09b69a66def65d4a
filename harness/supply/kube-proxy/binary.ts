import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EnvironmentError, UsageError } from '../../errors.ts';
import { DownloadError } from '../../system/download.ts';
import { CommandError, type Exec } from '../../system/exec.ts';
import { acquireFileLock, tryFileLock } from '../../system/file-lock.ts';
import { isExecutable } from '../../system/find-tool.ts';
import { cachePath } from '../caches.ts';
import { BinaryCache, type CachedBinary, listPartials, sha256OfFile } from './binary-cache.ts';
import { BuildError, buildFromModules } from './module-build.ts';
import { downloadRelease, RELEASE_BASE } from './release-download.ts';
import { goArchitecture, parseKubeProxyVersion, parseVersionOutput } from './version.ts';

export interface FindKubeProxyOptions {
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Address of the releases; otherwise BENCH_RELEASE_BASE, otherwise dl.k8s.io. */
  readonly releaseBase?: string;
  /** What happens, for people; nothing when the binary is at hand. */
  readonly onProgress: (text: string) => void;
  readonly signal?: AbortSignal;
  /** Longest silence of the release server. */
  readonly silenceMs?: number;
}

/** A kube-proxy, and how it came here. */
export interface FoundKubeProxy {
  readonly path: string;
  /** As the binary reports itself. */
  readonly version: string;
  readonly sha256: string;
  readonly origin: 'given' | 'cache' | 'download' | 'built';
}

/**
 * The kube-proxy of that version ("1.34.2") or at that path (anything with a "/"): given, cached, downloaded with its published checksum, or built from
 * its Go modules when the download cannot be had. The version is what the binary itself reports. Must run outside the laboratory, where the network is.
 */
export async function findKubeProxy(versionOrPath: string, options: FindKubeProxyOptions): Promise<FoundKubeProxy> {
  if (versionOrPath.includes('/')) return givenKubeProxy(resolve(versionOrPath), options.exec);
  const version = parseKubeProxyVersion(versionOrPath);
  await clearAbandoned(cachePath('kubeProxy', options.env));
  const cache = new BinaryCache(cachePath('kubeProxy', options.env), version, goArchitecture(process.arch));
  return (await fromCache(cache, options)) ?? (await fetchLocked(cache, version, options));
}

/** Only looks: is that version in the cache? For `doctor`. */
export async function findCachedKubeProxy(
  version: string,
  env: FindKubeProxyOptions['env'],
): Promise<FoundKubeProxy | null> {
  const cache = new BinaryCache(cachePath('kubeProxy', env), version, goArchitecture(process.arch));
  return fromCache(cache, { onProgress: () => {} });
}

/** Removes what killed processes left half made. What somebody is still making is locked, and stays. */
async function clearAbandoned(directory: string): Promise<void> {
  for (const { version, architecture } of await listPartials(directory)) {
    const cache = new BinaryCache(directory, version, architecture);
    await using lock = await tryFileLock(cache.lockPath);
    if (lock !== null) await cache.clearPartials();
  }
}

async function givenKubeProxy(path: string, exec: Exec): Promise<FoundKubeProxy> {
  if (!isExecutable(path)) throw new UsageError(`${path} is no executable file`, `check the path, or chmod +x ${path}`);
  return { path, version: await askVersion(path, exec), sha256: await sha256OfFile(path), origin: 'given' };
}

/** What the binary reports as its version. Other Kubernetes programs report it alike, so it is also asked what it is. */
async function askVersion(path: string, exec: Exec): Promise<string> {
  try {
    const { stdout } = await exec.run([path, '--version'], { timeoutMs: 20_000, variables: 'laboratory' });
    const version = parseVersionOutput(stdout);
    const help = await exec.run([path, '--help'], { timeoutMs: 20_000, variables: 'laboratory' });
    if (version !== null && /network proxy runs on each node/.test(help.stdout + help.stderr)) return version;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw notKubeProxy(path, error.message, error);
  }
  throw notKubeProxy(path, 'it does not answer --version and --help as kube-proxy does');
}

function notKubeProxy(path: string, why: string, cause?: unknown): EnvironmentError {
  const remedy = `give the path of a kube-proxy for linux/${goArchitecture(process.arch)}, or a version`;
  return new EnvironmentError(`${path} is no kube-proxy that runs here: ${why}`, remedy, { cause });
}

async function fromCache(
  cache: BinaryCache,
  options: Pick<FindKubeProxyOptions, 'onProgress'>,
): Promise<FoundKubeProxy | null> {
  const found = await cache.read();
  if (found.state === 'damaged') options.onProgress(`${cache.binaryPath} is damaged; fetching it again`);
  if (found.state !== 'present') return null;
  const { version, sha256 } = found.binary;
  return { path: cache.binaryPath, version, sha256, origin: 'cache' };
}

/** One process at a time fetches a version; the others wait and find it in the cache. */
async function fetchLocked(
  cache: BinaryCache,
  version: string,
  options: FindKubeProxyOptions,
): Promise<FoundKubeProxy> {
  try {
    await cache.make();
    await using _lock = await acquireFileLock(
      cache.lockPath,
      () => options.onProgress(`waiting for another process that is fetching kube-proxy ${version}`),
      options.signal,
    );
    const meanwhile = await cache.read();
    if (meanwhile.state === 'present')
      return {
        path: cache.binaryPath,
        version: meanwhile.binary.version,
        sha256: meanwhile.binary.sha256,
        origin: 'cache',
      };
    return await fetchToCache(cache, version, options);
  } catch (error) {
    throw fullDisk(error, cache.root) ?? error;
  }
}

async function fetchToCache(
  cache: BinaryCache,
  version: string,
  options: FindKubeProxyOptions,
): Promise<FoundKubeProxy> {
  const partial = await cache.makePartial();
  try {
    const path = join(partial, 'kube-proxy');
    const { origin, source } = await downloadOrBuild(partial, version, options);
    const reported = await askVersion(path, options.exec);
    const binary: CachedBinary = { version: reported, sha256: await sha256OfFile(path), origin, source };
    await cache.commit(partial, binary);
    options.onProgress(`kube-proxy ${reported} is at ${cache.binaryPath}`);
    return { path: cache.binaryPath, version: reported, sha256: binary.sha256, origin };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function downloadOrBuild(
  directory: string,
  version: string,
  options: FindKubeProxyOptions,
): Promise<Pick<CachedBinary, 'origin' | 'source'>> {
  const { exec, env, onProgress } = options;
  const common = {
    version,
    directory,
    onProgress,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  try {
    const base = options.releaseBase ?? (env.BENCH_RELEASE_BASE || RELEASE_BASE);
    const architecture = goArchitecture(process.arch);
    const silenceMs = options.silenceMs ?? 15_000;
    return { origin: 'download', source: await downloadRelease({ ...common, architecture, base, silenceMs }) };
  } catch (download) {
    if (!(download instanceof DownloadError)) throw download;
    onProgress(`cannot be downloaded: ${download.message}`);
    await rm(join(directory, 'kube-proxy'), { force: true });
    try {
      return { origin: 'built', source: await buildFromModules({ ...common, exec, env }) };
    } catch (build) {
      if (!(build instanceof BuildError) || isFullDisk(build)) throw build;
      throw nowhere(version, download, build);
    }
  }
}

function nowhere(version: string, download: DownloadError, build: BuildError): EnvironmentError {
  return new EnvironmentError(
    `kube-proxy ${version} can be neither downloaded nor built here\n  download: ${download.message}\n  build: ${build.message}`,
    'check that there is such a release; give a binary with --kube-proxy PATH, name a mirror with BENCH_RELEASE_BASE, or install Go (https://go.dev/doc/install)',
  );
}

function isFullDisk(error: unknown): boolean {
  return error instanceof Error && /ENOSPC|no space left on device/i.test(error.message);
}

function fullDisk(error: unknown, directory: string): EnvironmentError | null {
  if (!isFullDisk(error)) return null;
  return new EnvironmentError(
    `the disk is full: kube-proxy cannot be put into ${directory}`,
    `make room there (a build needs about 4 GB for Go's caches, a download 80 MB), or name another place with XDG_CACHE_HOME`,
    { cause: error },
  );
}
