import { UsageError } from '../../errors.ts';

/**
 * The kube-proxy that runs when nothing else is asked for: the current stable release, and of the stable releases the last one in which iptables,
 * ipvs and nftables can all be had without a feature gate (ipvs goes behind KubeProxyIPVS from 1.37, KEP-5495).
 */
export const DEFAULT_KUBE_PROXY_VERSION = '1.36.3';

/** "v1.34.2" or "1.34.2" → "1.34.2"; pre-releases ("1.37.0-rc.1") too. Throws a UsageError on anything else. */
export function parseKubeProxyVersion(text: string): string {
  const match = /^v?(1\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?)$/.exec(text.trim());
  if (match?.[1] !== undefined) return match[1];
  throw new UsageError(
    `"${text}" is neither a kube-proxy version nor a path (a path has a "/" in it)`,
    `say a whole version, such as ${DEFAULT_KUBE_PROXY_VERSION}, or a path, such as ./kube-proxy`,
  );
}

/** What `kube-proxy --version` prints, "Kubernetes v1.36.3\n" → "1.36.3"; `null` when that is no such line. */
export function parseVersionOutput(stdout: string): string | null {
  return /^Kubernetes v(\S+)\s*$/.exec(stdout)?.[1] ?? null;
}

/** Node's names of processors → Go's, which name the release files. */
export function goArchitecture(nodeArchitecture: string): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };
  return names[nodeArchitecture] ?? nodeArchitecture;
}
