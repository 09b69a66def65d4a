import type { Claim, Decision } from './claim.ts';
import { lacking } from './claim.ts';
import { flavourNote, studyPair } from './contestants.ts';
import { checkExcess, type ExcessCheck, excessNumbers } from './cpu-excess.ts';
import { CPU, growthsOf, STUDY_LARGEST } from './lookup.ts';

const SUPPLIED_BY = ['10k', 'study'];

function decideExcess([iptables, ipvs]: readonly [ExcessCheck, ExcessCheck], note: string): Decision {
  const numbers = [...excessNumbers(iptables), ...excessNumbers(ipvs)];
  const [first, second] = [checkExcess(iptables), checkExcess(ipvs)];
  if (first === 'open' || second === 'open') {
    return { verdict: 'inconclusive', because: `Too few rounds for an interval.${note}`, numbers };
  }
  const isOrdered = (iptables.growth.difference.low ?? 0) > (ipvs.growth.difference.high ?? 0);
  const machine =
    ' The sizes of the excesses belong to the machine of 2019; the order is what can be expected to hold.';
  if (first === 'held' && second === 'held' && isOrdered) {
    return { verdict: 'reproduced', because: `Both intervals hold the published values.${machine}${note}`, numbers };
  }
  if (isOrdered) {
    const because = `iptables costs more than ipvs, as published, but not by the published amounts.${machine}${note}`;
    return { verdict: 'inconclusive', because, numbers };
  }
  return {
    verdict: 'not reproduced',
    because: `The excess of iptables does not lie above that of ipvs.${machine}${note}`,
    numbers,
  };
}

export const s07: Claim = {
  id: 'S7',
  origin: 'study',
  statement:
    'At 10,000 Services, no keepalive, 1,000 requests/s: iptables costs about +35 % of a core over the smallest size, IPVS about +8 %.',
  needs:
    'iptables and ipvs at 10,000 Services and at a small size, 1,000 requests/s, a new connection per request, with the node’s CPU.',
  rule: 'Reproduced when both intervals hold the published values and iptables’ lies above ipvs’; inconclusive when only the order holds; otherwise not reproduced.',
  published2019: 'iptables +35 % of a core, IPVS +8 % of a core',
  decide: ({ run, evidence }) => {
    const pair = studyPair(run, SUPPLIED_BY);
    if (pair.kind === 'lacking') return pair.decision;
    const excessOf = (modeId: string) =>
      growthsOf(evidence, { modeId, policyId: 'per-request', quantity: CPU }).find(
        ({ sizeServices }) => sizeServices === STUDY_LARGEST,
      );
    const [iptables, ipvs] = [excessOf(pair.iptables.id), excessOf(pair.ipvs.id)];
    if (iptables === undefined || ipvs === undefined) {
      return lacking('This run has not the CPU of both modes at 10,000 Services and a smaller size.', SUPPLIED_BY);
    }
    return decideExcess(
      [
        { label: pair.iptables.id, growth: iptables, publishedPercent: 35 },
        { label: pair.ipvs.id, growth: ipvs, publishedPercent: 8 },
      ],
      flavourNote(run),
    );
  },
};
