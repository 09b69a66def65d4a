import type { Claim } from './claim.ts';
import { lacking, numberOf } from './claim.ts';
import { ipvsOf, lackingMode } from './contestants.ts';
import { growthsOf, lackingInterval, STUDY_LARGEST, settledBy, TOTAL_P50 } from './lookup.ts';

const SUPPLIED_BY = ['10k', 'study'];

export const s05: Claim = {
  id: 'S5',
  origin: 'study',
  statement: 'IPVS without keepalive also slows at 10,000 Services (unexplained in 2019).',
  needs: 'ipvs at 10,000 Services and at a small size, a new connection per request.',
  rule: 'The interval of ipvs’ median total time at 10,000 Services less its own at the smallest size lies above 0.',
  published2019: null,
  decide: ({ run, findings }) => {
    const ipvs = ipvsOf(run);
    if (ipvs === undefined) return lackingMode(run, 'ipvs', SUPPLIED_BY);
    const growth = growthsOf(findings, { modeId: ipvs.id, policyId: 'per-request', quantity: TOTAL_P50 }).find(
      ({ sizeServices }) => sizeServices === STUDY_LARGEST,
    );
    if (growth === undefined)
      return lacking(
        'This run has no valid trials of ipvs, a new connection per request, at 10,000 Services and at a smaller size.',
        SUPPLIED_BY,
      );
    const numbers = [
      numberOf(`median total, ${ipvs.id}, 10,000 Services less ${growth.baseSizeServices}`, growth.difference, 'us'),
    ];
    const drift = ' Sizes run one after the other, so a drift of the machine would look the same.';
    if (growth.excludesZero && growth.difference.value > 0) {
      return { verdict: 'reproduced', because: `The whole interval lies above 0.${drift}`, numbers };
    }
    if (growth.excludesZero || growth.verdict === 'equivalent') {
      return { verdict: 'not reproduced', because: 'The interval does not lie above 0, and it is narrow.', numbers };
    }
    return {
      verdict: 'inconclusive',
      because: lackingInterval([growth]) ?? `The interval holds 0 and is wider than the margin.${settledBy([growth])}`,
      numbers,
    };
  },
};
