import type { Routing } from '../../../model/mode.ts';
import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';

/** What kube-proxy must answer at /proxyMode for a routing; `null` where there is nothing to ask. */
function expectedProxyMode({ kind }: Routing): string | null {
  return kind === 'none' || kind === 'as-found' ? null : kind;
}

/** The code of a kernel that lacks what the mode needs (testbed/kernel-modes.ts); a missing tool or a version is no such proof. */
const LACKS_MODULE = 'kernel-lacks-module';

export const k10: Claim = {
  id: 'K10',
  origin: 'notes',
  statement: 'Without the ip_vs modules kube-proxy does not run in ipvs mode (it once fell back to iptables silently).',
  needs: 'ipvs asked for on a kernel without ip_vs, and kube-proxy’s own answer at /proxyMode in every mode.',
  rule: 'Reproduced when ipvs was refused for want of ip_vs and every other node answers the mode that it is labelled with; not reproduced when a node answers another mode.',
  published2019: null,
  decide: ({ run }) => {
    const routings = new Map(run.header.scenario.modes.map(({ id, routing }) => [id, routing]));
    const asked = run.nodes.flatMap(({ modeId, proxyMode }) => {
      const routing = routings.get(modeId);
      const expected = routing === undefined ? null : expectedProxyMode(routing);
      return expected === null ? [] : [{ modeId, proxyMode, expected }];
    });
    const wrong = asked.filter(({ proxyMode, expected }) => proxyMode !== expected);
    const numbers = [
      plainNumber(
        'nodes that answered the mode that they are labelled with',
        asked.length - wrong.length,
        `of ${asked.length}`,
      ),
    ];
    if (wrong.length > 0) {
      const [first] = wrong;
      return {
        verdict: 'not reproduced',
        because: `${first?.modeId} answered “${first?.proxyMode ?? 'nothing'}”.`,
        numbers,
      };
    }
    const refused = run.header.refusedModes.find(({ mode }) => mode.routing.kind === 'ipvs');
    if (refused === undefined) return lacking('ipvs was not asked for on a kernel without ip_vs.', ['10k'], numbers);
    if (refused.reason.code !== LACKS_MODULE)
      return lacking(`ipvs was left out for another reason: ${refused.reason.message}.`, ['10k'], numbers);
    return { verdict: 'reproduced', because: `ipvs was refused, by name: ${refused.reason.message}`, numbers };
  },
};
