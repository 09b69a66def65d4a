import type { Claim } from './claim.ts';
import { flavourNote, studyPair } from './contestants.ts';
import { decideEquivalence } from './equivalence.ts';
import { CPU, differencesBetween } from './lookup.ts';

const SUPPLIED_BY = ['study', '1k'];

export const s06: Claim = {
  id: 'S6',
  origin: 'study',
  statement: 'Up to 1,000 Services the modes’ CPU does not differ in a way that matters.',
  needs:
    'iptables and ipvs side by side at sizes up to 1,000 Services, a new connection per request, with the node’s CPU.',
  rule: 'Equivalence: at every measured size up to 1,000 Services the interval of the difference of CPU over idle lies inside the margin.',
  published2019: null,
  decide: ({ run, findings }) => {
    const pair = studyPair(run, SUPPLIED_BY);
    if (pair.kind === 'lacking') return pair.decision;
    const query = { modeId: pair.iptables.id, referenceModeId: pair.ipvs.id, policyId: 'per-request', quantity: CPU };
    const upTo1000 = differencesBetween(findings, query).filter(({ sizeServices }) => sizeServices <= 1000);
    return decideEquivalence(upTo1000, SUPPLIED_BY, flavourNote(run));
  },
};
