import { LOAD } from '../../../experiment/load/quantities.ts';
import { specsOf } from '../../../model/estimate-lookup.ts';
import type { Claim } from './claim.ts';
import { flavourNote, studyPair } from './contestants.ts';
import { decideEquivalence } from './equivalence.ts';
import { differencesBetween, TOTAL_P50 } from './lookup.ts';

const SUPPLIED_BY = ['study', '1k'];

export const s01: Claim = {
  id: 'S1',
  origin: 'study',
  statement: 'Up to 1,000 Services the modes’ round-trip times do not differ in a way that matters.',
  needs: 'iptables and ipvs side by side at sizes up to 1,000 Services, under every connection policy of the run.',
  rule: 'Equivalence: at every measured size up to 1,000 Services, under every policy, the interval of the difference of the median total time lies inside the margin.',
  published2019: null,
  decide: ({ run, findings }) => {
    const pair = studyPair(run, SUPPLIED_BY);
    if (pair.kind === 'lacking') return pair.decision;
    const query = { modeId: pair.iptables.id, referenceModeId: pair.ipvs.id, quantity: TOTAL_P50 };
    const upTo1000 = specsOf(findings, LOAD)
      .flatMap((policyId) => differencesBetween(findings, { ...query, policyId }))
      .filter(({ sizeServices }) => sizeServices <= 1000);
    return decideEquivalence(upTo1000, SUPPLIED_BY, flavourNote(run));
  },
};
