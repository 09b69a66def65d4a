import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';

export const k11: Claim = {
  id: 'K11',
  origin: 'notes',
  statement: 'ClusterIP works from node and pod; NodePort from outside; ports may differ from target ports.',
  needs: 'Connections tried from pod, node and outside, in every mode.',
  rule: 'Observed: everything that was tried answered, in every mode, and all three ways were tried.',
  published2019: null,
  decide: ({ run }) => {
    const tried = run.nodes.flatMap(({ modeId, sizeServices, reachability }) =>
      reachability.map((one) => ({ ...one, modeId, sizeServices })),
    );
    if (tried.length === 0) return lacking('Reachability was not tried.', ['smoke', '1', '10k']);
    const failed = tried.filter(({ answered }) => !answered);
    const numbers = [plainNumber('ways tried that answered', tried.length - failed.length, `of ${tried.length}`)];
    if (failed.length > 0) {
      const list = failed.map(({ what, modeId, sizeServices }) => `${what} in ${modeId} at ${sizeServices}`).join(', ');
      return { verdict: 'not reproduced', because: `No answer: ${list}.`, numbers };
    }
    const ways = new Set(tried.map(({ what }) => what));
    if (ways.size < 3)
      return {
        verdict: 'inconclusive',
        because: `Only ${[...ways].join(', ')} was tried; a testbed that can try all three would settle it.`,
        numbers,
      };
    return { verdict: 'reproduced', because: 'Everything tried answered, in every mode.', numbers };
  },
};
