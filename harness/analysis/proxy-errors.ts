import type { ModeErrors } from '../model/findings.ts';
import { mergeProxyErrors } from '../model/proxy-errors.ts';
import type { Run } from '../model/run.ts';

/** What each mode's kube-proxy complained of, while nodes stood up and in all trials, valid or not. Modes that complained of nothing are left out. */
export function summarizeProxyErrors({ header, nodes, trials }: Run): ModeErrors[] {
  return header.scenario.modes.flatMap(({ id: modeId }) => {
    const ofNodes = nodes.filter((node) => node.modeId === modeId).map(({ proxyErrors = [] }) => proxyErrors);
    const ofTrials = trials.filter(({ plan }) => plan.modeId === modeId).map(({ proxyErrors = [] }) => proxyErrors);
    const kinds = mergeProxyErrors([...ofNodes, ...ofTrials]);
    return kinds.length === 0 ? [] : [{ modeId, kinds: [...kinds] }];
  });
}
