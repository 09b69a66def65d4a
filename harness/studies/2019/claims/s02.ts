import { LOAD } from '../../../experiment/load/quantities.ts';
import { specsOf } from '../../../model/estimate-lookup.ts';
import type { Claim, ClaimContext, Decision } from './claim.ts';
import { lacking, numberOf } from './claim.ts';
import { flavourNote, type Pair, studyPair } from './contestants.ts';
import { decideEquivalence } from './equivalence.ts';
import { differencesBetween, keepalivePolicies, lackingInterval, settledBy, TOTAL_P50 } from './lookup.ts';

const SUPPLIED_BY = ['study', '10k'];

/** Both policies are needed, and in each a round that both modes have. */
function whyNotBoth(findings: ClaimContext['findings'], query: { modeId: string; referenceModeId: string }): string {
  const keepalive = keepalivePolicies(findings);
  if (keepalive.length === 0 || !specsOf(findings, LOAD).includes('per-request'))
    return 'This run has not both: a new connection per request, and keepalive.';
  return `${query.modeId} and ${query.referenceModeId} have not, with and without keepalive, a round in which the trials of both are valid.`;
}

function decidePair({ run, findings }: ClaimContext, pair: Extract<Pair, { kind: 'pair' }>): Decision {
  const query = { modeId: pair.iptables.id, referenceModeId: pair.ipvs.id, quantity: TOTAL_P50 };
  const without = differencesBetween(findings, { ...query, policyId: 'per-request' }).at(-1);
  const keepalive = keepalivePolicies(findings).flatMap((policyId) =>
    differencesBetween(findings, { ...query, policyId }),
  );
  if (without === undefined || keepalive.length === 0) {
    return lacking(whyNotBoth(findings, query), SUPPLIED_BY);
  }
  const note = flavourNote(run);
  const withKeepalive = decideEquivalence(keepalive, SUPPLIED_BY, note);
  const numbers = [
    ...withKeepalive.numbers,
    numberOf(`without keepalive at ${without.sizeServices} Services`, without.adjusted, 'us'),
  ];
  if (withKeepalive.verdict === 'not reproduced')
    return { ...withKeepalive, because: `With keepalive: ${withKeepalive.because}`, numbers };
  if (without.verdict === 'equivalent') {
    const because = `Without keepalive, too, the modes do not differ by more than the margin at ${without.sizeServices} Services.${note}`;
    return { verdict: 'not reproduced', because, numbers };
  }
  if (without.verdict === 'unsure' || withKeepalive.verdict !== 'reproduced') {
    return {
      verdict: 'inconclusive',
      because: `${lackingInterval([...keepalive, without]) ?? `The intervals are too wide.${settledBy([...keepalive, without])}`}${note}`,
      numbers,
    };
  }
  const because = `With keepalive every interval lies inside the margin, without it the modes differ at ${without.sizeServices} Services.${note}`;
  return { verdict: 'reproduced', because, numbers };
}

export const s02: Claim = {
  id: 'S2',
  origin: 'study',
  statement: 'A difference shows only without keepalive.',
  needs: 'iptables and ipvs under both connection policies, up to 10,000 Services.',
  rule: 'S1’s equivalence test at every size with keepalive, and a difference of the median total time without keepalive at the largest size.',
  published2019: null,
  decide: (context) => {
    const pair = studyPair(context.run, SUPPLIED_BY);
    return pair.kind === 'lacking' ? pair.decision : decidePair(context, pair);
  },
};
