import type { Mode } from '../model/mode.ts';
import type { Reason } from '../model/reason.ts';
import { modeOf } from './table.ts';

/** Why that version of kube-proxy cannot run the mode; `null` when it can, when the text does not show the version (a path), and where there is none. */
export function findModeVersionReason(mode: Mode, version: string | null = mode.proxyVersion): Reason | null {
  const minor = /^v?1\.([0-9]+)(\.|$)/.exec(version ?? '')?.[1];
  if (minor === undefined) return null;
  const { proxyWord, releases } = modeOf(mode);
  const { from, until, note } = releases;
  if (Number(minor) >= from && (until === null || Number(minor) < until)) return null;
  return {
    code: 'mode-not-in-version',
    message: `kube-proxy ${version} has no mode ${proxyWord} (${note})`,
    remedy:
      until === null
        ? `give 1.${from} or later (--kube-proxy, or proxyVersion of the mode)`
        : `give a version from 1.${from} to 1.${until - 1} (--kube-proxy, or proxyVersion of the mode)`,
  };
}
