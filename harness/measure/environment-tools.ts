import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Environment } from '../model/run.ts';
import type { Exec } from '../system/exec.ts';
import { withoutPlaces } from '../system/private-path.ts';

type Tool = Environment['tools'][string];

/** A kube-proxy that takes part, as it was found and checked. */
export interface KubeProxyProgram {
  readonly path: string;
  readonly version: string;
  readonly sha256: string;
}

/** Programs that take part in a measurement, and what makes each tell its version. */
const VERSION_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  iptables: ['--version'],
  'iptables-legacy': ['--version'],
  'iptables-nft': ['--version'],
  nft: ['--version'],
  ipvsadm: ['--version'],
  ipset: ['--version'],
  conntrack: ['--version'],
  ip: ['-V'],
  tcpdump: ['--version'],
  nginx: ['-v'],
};

/** The first number with dots (and what hangs on it) in what a tool says of itself: "nftables v1.0.6 (…)" → "1.0.6". */
export function parseToolVersion(text: string): string | null {
  // iproute2 of distributions before 2020 names itself by its snapshot: iproute2-ss190107.
  return /\d+\.\d+[\w.+~-]*/.exec(text)?.[0] ?? /ss\d{6}/.exec(text)?.[0] ?? null;
}

async function findProgram(name: string): Promise<string | null> {
  // Administrators' folders are not in every user's PATH.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found && folder !== '') return path;
  }
  return null;
}

async function sha256OfFile(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

/**
 * Some tools tell their version on stderr. A tool that fails is taken to tell none: ipvsadm on a kernel without IPVS prints modprobe's
 * complaint, with the kernel's version in it.
 */
async function askVersion(exec: Exec, path: string, words: readonly string[]): Promise<string | null> {
  const said = await exec.run([path, ...words], { timeoutMs: 5000, variables: 'laboratory' }).catch(() => null);
  return said === null ? null : (parseToolVersion(said.stdout) ?? parseToolVersion(said.stderr));
}

async function loadTool(exec: Exec, name: string, words: readonly string[]): Promise<readonly [string, Tool]> {
  const path = await findProgram(name);
  if (path === null) return [name, { path: null, version: null, sha256: null }];
  const [version, file] = await Promise.all([askVersion(exec, path, words), realpath(path).catch(() => path)]);
  return [name, { path: withoutPlaces(file), version, sha256: await sha256OfFile(file) }];
}

/** Every tool by name (missing ones with nulls), Node itself, and each kube-proxy as `kube-proxy VERSION`. */
export async function loadTools(
  exec: Exec,
  kubeProxies: Readonly<Record<string, KubeProxyProgram>>,
): Promise<Record<string, Tool>> {
  const tools = await Promise.all(
    Object.entries(VERSION_ARGUMENTS).map(([name, words]) => loadTool(exec, name, words)),
  );
  const node = {
    path: withoutPlaces(process.execPath),
    version: process.versions.node,
    sha256: await sha256OfFile(process.execPath),
  };
  const proxies = Object.values(kubeProxies).map(
    ({ path, version, sha256 }) => [`kube-proxy ${version}`, { path: withoutPlaces(path), version, sha256 }] as const,
  );
  return Object.fromEntries([...tools, ['node', node], ...proxies]);
}
