import { modeOf } from '../../mode/table.ts';
import { findModeVersionReason } from '../../mode/version.ts';
import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';

/** The Kubernetes version that a node image's tag tells, as those of kind do (kindest/node:v1.36.3); "" when it tells none. */
export function imageVersion(nodeImage: string | null): string {
  return /:v?(1\.\d+\.\d+)/.exec(nodeImage ?? '')?.[1] ?? '';
}

/** The values of networking.kubeProxyMode that make a kube-proxy. */
const KIND_MODES: readonly string[] = ['iptables', 'ipvs', 'nftables'];

/** What kind, the node image or the engine does not give, though the kernel would; `null` for a mode that can be made. Pure. */
export function refusalOnKind(
  mode: Mode,
  place: { readonly flavour: 'legacy' | 'nft' | null; readonly version: string },
): Reason | null {
  const { proxyWord, iptables } = modeOf(mode);
  if (proxyWord !== null && !KIND_MODES.includes(proxyWord))
    return {
      code: 'mode-not-in-kind',
      message: `kind cannot make a cluster in ${proxyWord} mode (its kubeProxyMode knows ${KIND_MODES.join(', ')} and none)`,
      remedy: 'take --testbed netns',
    };
  if (iptables?.holdsServices === true && place.flavour !== null && place.flavour !== iptables.flavour)
    return {
      code: 'other-flavour',
      message: `kind's nodes take the flavour of iptables that the container engine uses, and here that is ${place.flavour}`,
      remedy: `ask for iptables-${place.flavour}, or take --testbed netns, which has both`,
    };
  const reason = findModeVersionReason(mode, place.version);
  return reason === null ? null : { ...reason, remedy: 'take another version of Kubernetes with --node-image' };
}
