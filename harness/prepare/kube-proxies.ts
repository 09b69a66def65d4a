import type { KubeProxyBinary } from '../model/kube-proxy-binary.ts';
import type { Mode } from '../model/mode.ts';
import { findKubeProxy } from '../supply/kube-proxy/binary.ts';
import type { CommandWorld } from '../system/world.ts';

/** By the word that the scenario has for each. */
export type KubeProxies = Readonly<Record<string, KubeProxyBinary>>;

/** Every kube-proxy that the modes name, by the word they name it with. Outside the laboratory, because there is a network here. */
export async function findKubeProxies(
  modes: readonly Mode[],
  from: { readonly releaseBase: string | null; readonly world: CommandWorld; readonly say: (text: string) => void },
): Promise<KubeProxies> {
  const words = new Set(modes.flatMap(({ proxyVersion }) => proxyVersion ?? []));
  const { exec, env, signal } = from.world;
  const base = from.releaseBase === null ? {} : { releaseBase: from.releaseBase };
  const binaries: Record<string, KubeProxyBinary> = {};
  for (const word of words) {
    const { path, version, sha256 } = await findKubeProxy(word, { exec, env, ...base, onProgress: from.say, signal });
    binaries[word] = { path, version, sha256 };
  }
  return binaries;
}
