import type { Mode, Routing } from '../../../model/mode.ts';
import type { Run } from '../../../model/run.ts';
import { type Decision, lacking } from './claim.ts';

/**
 * The mode that stands for "iptables" in a claim: the legacy flavour where there is one, because that is what a node of 2019 ran.
 * `others` are further iptables modes; their numbers are shown beside and do not decide.
 */
export function iptablesOf(run: Run): { mode: Mode | undefined; others: readonly Mode[] } {
  const all = run.header.scenario.modes.filter(({ routing }) => routing.kind === 'iptables');
  const legacy = all.find(({ routing }) => routing.kind === 'iptables' && routing.backend === 'legacy');
  const mode = legacy ?? all[0];
  return { mode, others: all.filter((one) => one !== mode) };
}

/** The mode that stands for "IPVS": round robin, kube-proxy's default, where there is one. */
export function ipvsOf(run: Run): Mode | undefined {
  const all = run.header.scenario.modes.filter(({ routing }) => routing.kind === 'ipvs');
  return all.find(({ routing }) => routing.kind === 'ipvs' && routing.scheduler === 'rr') ?? all[0];
}

/** Says which flavour stood for iptables, where that is not plain. */
export function flavourNote(run: Run): string {
  const { mode, others } = iptablesOf(run);
  if (mode === undefined || mode.routing.kind !== 'iptables') return '';
  if (others.length > 0)
    return ` “iptables” is decided by ${mode.id} (the flavour of 2019 where it ran); the others stand beside.`;
  return mode.routing.backend === 'nft'
    ? ` “iptables” here is the nf_tables flavour (${mode.id}), not the legacy one of 2019.`
    : '';
}

/** The verdict where a mode is missing: refused by this kernel with its reason, or simply not in the scenario. */
export function lackingMode(run: Run, kind: Routing['kind'], suppliedBy: readonly string[]): Decision {
  const refused = run.header.refusedModes.find(({ mode }) => mode.routing.kind === kind);
  if (refused === undefined) return lacking(`This run has no ${kind} mode.`, suppliedBy);
  return lacking(`${kind} cannot run here: ${refused.reason.message}`, suppliedBy);
}

export type Pair =
  | { readonly kind: 'pair'; readonly iptables: Mode; readonly ipvs: Mode }
  | { readonly kind: 'lacking'; readonly decision: Decision };

/** Both sides of the study, or why there is no comparison. */
export function studyPair(run: Run, suppliedBy: readonly string[]): Pair {
  const iptables = iptablesOf(run).mode;
  const ipvs = ipvsOf(run);
  if (iptables === undefined) return { kind: 'lacking', decision: lackingMode(run, 'iptables', suppliedBy) };
  if (ipvs === undefined) return { kind: 'lacking', decision: lackingMode(run, 'ipvs', suppliedBy) };
  return { kind: 'pair', iptables, ipvs };
}
