import type { Mode, Routing } from '../model/mode.ts';
import type { Reason } from '../model/reason.ts';

/** First minor release that has the mode, and the first that has it no more. */
const MINORS: Readonly<
  Record<Routing['kind'], { readonly from: number; readonly until: number | null; readonly note: string }>
> = {
  none: { from: 0, until: null, note: '' },
  'as-found': { from: 0, until: null, note: '' },
  iptables: { from: 1, until: null, note: '' },
  ipvs: { from: 8, until: 43, note: 'KEP-5495 removes it' },
  nftables: { from: 29, until: null, note: 'KEP-3866, alpha in 1.29' },
  userspace: { from: 0, until: 26, note: 'removed in 1.26' },
};

/**
 * Why that version of kube-proxy cannot run the mode; `null` when it can, or when the version cannot be told from the text (a path).
 * `scenarioVersion` is used where the mode has none of its own.
 */
export function findModeVersionReason(mode: Mode, scenarioVersion: string): Reason | null {
  const version = mode.proxyVersion ?? scenarioVersion;
  const minor = /^v?1\.([0-9]+)(\.|$)/.exec(version)?.[1];
  if (minor === undefined) return null;
  const { from, until, note } = MINORS[mode.routing.kind];
  if (Number(minor) >= from && (until === null || Number(minor) < until)) return null;
  return {
    code: 'mode-not-in-version',
    message: `kube-proxy ${version} has no mode ${mode.routing.kind} (${note})`,
    remedy:
      until === null
        ? `give 1.${from} or later (--kube-proxy, or proxyVersion of the mode)`
        : `give a version from 1.${from} to 1.${until - 1} (--kube-proxy, or proxyVersion of the mode)`,
  };
}
