import { sha256Hex } from '../../system/exec.ts';
import { formatOwner, type Owner, parseOwner } from '../../system/owner.ts';

/** kind gives containers no labels but its cluster's name, so the name is the label: its owner, or what it was kept for. */
export type ClusterName =
  | { readonly kind: 'owned'; readonly owner: Owner; readonly index: number }
  | { readonly kind: 'kept'; readonly digest: string; readonly index: number };

const PREFIX = 'srb';

/** At most 44 characters: kind adds "-control-plane", and a host name has 63. */
export function formatClusterName(name: ClusterName): string {
  return name.kind === 'owned'
    ? `${PREFIX}-${formatOwner(name.owner)}-${name.index}`
    : `${PREFIX}-kept-${name.digest}-${name.index}`;
}

/** `null` for a cluster that is none of ours. */
export function parseClusterName(text: string): ClusterName | null {
  const kept = /^srb-kept-([0-9a-f]{10})-([0-9]{1,2})$/.exec(text);
  if (kept !== null) return { kind: 'kept', digest: kept[1] ?? '', index: Number(kept[2]) };
  const owned = /^srb-(.+)-([0-9]{1,2})$/.exec(text);
  const owner = owned === null ? null : parseOwner(owned[1] ?? '');
  return owner === null ? null : { kind: 'owned', owner, index: Number(owned?.[2]) };
}

/** Clusters with the same digest are the same cluster: configuration and image decide. */
export function keptDigest(config: string, nodeImage: string | null): string {
  return sha256Hex(`${nodeImage ?? ''}\n${config}`).slice(0, 10);
}
