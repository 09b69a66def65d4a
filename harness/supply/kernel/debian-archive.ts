import { createReadStream, existsSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { EnvironmentError } from '../../errors.ts';
import { DownloadError, downloadToFile } from '../../system/download.ts';
import { CommandError, type Exec } from '../../system/exec.ts';
import type { DebianSuite } from './kernel-spec.ts';
import { type DebianPackage, findKernelPackages, PackageIndexReader } from './package-index.ts';
import { parseReleaseFile } from './release-file.ts';

/** Debian's own address of its archive, which every mirror answers for. */
export const DEBIAN_ARCHIVE = 'https://deb.debian.org/debian';

/** Debian's package debian-archive-keyring installs the first, an Ubuntu or Fedora with `debian-keyring` the others. */
const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
  '/etc/pki/debian/debian-archive-keyring.gpg',
];
/** Keys of suites past their support. */
const OLD_KEYRINGS = ['/usr/share/keyrings/debian-archive-removed-keys.gpg'];

export interface ArchiveWorld {
  readonly exec: Exec;
  readonly base: string;
  readonly onProgress: (text: string) => void;
  readonly signal?: AbortSignal;
  /** For tests; the machine's keyrings otherwise. */
  readonly keyrings?: readonly string[];
}

/** How far an index can be believed. `unchecked` says why. */
type IndexTrust =
  | { readonly kind: 'signed' }
  | { readonly kind: 'unchecked'; readonly why: string; readonly remedy: string };

export interface Listing {
  readonly packages: readonly DebianPackage[];
  readonly trust: IndexTrust;
}

interface ListingPlace {
  readonly architecture: string;
  /** Takes the downloads, which are removed again. */
  readonly directory: string;
}

/** The kernel of a suite as its index lists it. Rejects as listPackages does, and when the index has none whole. */
export async function listKernel(suite: DebianSuite, place: ListingPlace, world: ArchiveWorld): Promise<Listing> {
  const { packages: all, trust } = await listPackages(suite, ['linux-'], place, world);
  const packages = findKernelPackages(all, place.architecture);
  if (packages === null)
    throw new EnvironmentError(
      `the index of ${suite} at ${world.base} does not list a whole kernel for ${place.architecture}`,
      'the mirror is being updated: try again later, or take another with --debian-archive',
    );
  return { packages, trust };
}

/**
 * The packages of a suite whose names begin so: InRelease, its signature (where there is a keyring), the index by the sha256 that InRelease has. Rejects with an
 * EnvironmentError when a signature is bad, a checksum differs or the archive cannot be reached.
 */
export async function listPackages(
  suite: DebianSuite,
  prefixes: readonly string[],
  place: ListingPlace,
  world: ArchiveWorld,
): Promise<Listing> {
  const releasePath = join(place.directory, 'InRelease');
  await fetchFile({ path: `dists/${suite}/InRelease`, to: releasePath }, world);
  const trust = await checkSignature(releasePath, suite, world);
  const release = parseReleaseFile(await readFile(releasePath, 'utf8'));
  if (release.validUntil !== null && release.validUntil < new Date())
    world.onProgress(
      `the index of ${suite} was valid until ${release.validUntil.toISOString().slice(0, 10)}: this mirror is behind`,
    );
  const indexPath = `main/binary-${place.architecture}/Packages.gz`;
  const expected = release.sha256ByPath.get(indexPath);
  if (expected === undefined)
    throw new EnvironmentError(
      `${suite} at ${world.base} has no packages for ${place.architecture}`,
      'take another suite, or another archive with --debian-archive',
    );
  const index = join(place.directory, 'Packages.gz');
  await fetchFile({ path: `dists/${suite}/${indexPath}`, to: index, sha256: expected }, world);
  const packages = await readIndex(index, prefixes);
  await Promise.all([rm(index), rm(releasePath)]);
  return { packages, trust };
}

async function readIndex(path: string, prefixes: readonly string[]): Promise<readonly DebianPackage[]> {
  const reader = new PackageIndexReader(prefixes);
  const lines = createInterface({
    input: createReadStream(path).pipe(createGunzip()),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) reader.push(line);
  reader.finish();
  return reader.packages;
}

/** Downloads below the archive's base, and checks. An https archive that cannot be reached is not asked again by http. */
export async function fetchFile(
  file: { readonly path: string; readonly to: string; readonly sha256?: string },
  world: ArchiveWorld,
): Promise<void> {
  const url = `${world.base.replace(/\/$/, '')}/${file.path}`;
  const handle = await open(file.to, 'w');
  try {
    const signal = world.signal === undefined ? {} : { signal: world.signal };
    const sha256 = await downloadToFile({ url, silenceMs: 30_000, ...signal }, handle);
    if (file.sha256 !== undefined && sha256 !== file.sha256)
      throw new EnvironmentError(
        `${url} is not what the index says: sha256 ${sha256}, ${file.sha256} expected`,
        'the mirror is being updated or damaged: try again later, or take another with --debian-archive',
      );
  } catch (error) {
    if (error instanceof DownloadError) throw explainDownload(error);
    throw error;
  } finally {
    await handle.close();
  }
}

function explainDownload(error: DownloadError): EnvironmentError {
  const remedies = {
    unreachable: 'check the network, or name a mirror with --debian-archive URL (or BENCH_DEBIAN_ARCHIVE)',
    absent: 'take another suite, or another archive with --debian-archive',
    broken: 'start it again: nothing half fetched was kept',
  } as const;
  return new EnvironmentError(`the kernel cannot be fetched: ${error.message}`, remedies[error.trouble], {
    cause: error,
  });
}

async function checkSignature(path: string, suite: DebianSuite, world: ArchiveWorld): Promise<IndexTrust> {
  const present = (world.keyrings ?? [...KEYRINGS, ...OLD_KEYRINGS]).filter((one) => existsSync(one));
  if (present.length === 0)
    return unchecked(`no keyring of Debian is on this machine`, 'apt-get install debian-archive-keyring');
  try {
    const keyrings = present.flatMap((one) => ['--keyring', one]);
    // --status-fd: gpgv exits 2 when one of several signatures is by a key that it does not have, though another is good.
    await world.exec.run(['gpgv', '--status-fd', '1', ...keyrings, path], { timeoutMs: 30_000 });
    return { kind: 'signed' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.notFound) return unchecked('there is no gpgv', 'apt-get install gpgv');
    return judgeGpgv(error, suite);
  }
}

function judgeGpgv(error: CommandError, suite: DebianSuite): IndexTrust {
  const said = error.stderrTail;
  if (/BAD signature/i.test(said))
    throw new EnvironmentError(
      `the index of ${suite} has a bad signature: ${said.trim().split('\n').at(-1)}`,
      'do not trust this mirror: take another with --debian-archive',
    );
  if (/Good signature/i.test(said)) return { kind: 'signed' };
  if (/No public key|Can't check signature/i.test(said))
    return unchecked(
      'the keyring of this machine is older than the keys of that suite',
      'apt-get install debian-archive-keyring',
    );
  throw new EnvironmentError(
    `the signature of the index of ${suite} cannot be read: ${said.trim().split('\n').at(-1)}`,
    'take another mirror with --debian-archive',
  );
}

function unchecked(why: string, remedy: string): IndexTrust {
  return { kind: 'unchecked', why, remedy };
}
