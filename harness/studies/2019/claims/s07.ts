import type { Claim, Decision } from './claim.ts';
import { lacking } from './claim.ts';
import { flavourNote, studyPair } from './contestants.ts';
import { checkExcess, type ExcessCheck, excessNumbers, otherRate } from './cpu-excess.ts';
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
  if ((ipvs.growth.difference.low ?? 0) > (iptables.growth.difference.high ?? 0))
    return { verdict: 'not reproduced', because: `ipvs costs more than iptables.${machine}${note}`, numbers };
  if (first === 'off' && second === 'off') {
    const because = `Neither interval holds its published value, and neither lies above the other.${machine}${note}`;
    return { verdict: 'not reproduced', because, numbers };
  }
  return {
    verdict: 'inconclusive',
    because: `The intervals overlap: this run cannot tell which excess is the greater; more rounds would narrow them.${note}`,
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
  rule: 'Reproduced when both intervals hold the published values and iptables’ lies above ipvs’; not reproduced when ipvs’ lies above iptables’, or neither holds its value and they overlap; otherwise inconclusive.',
  published2019: 'iptables +35 % of a core, IPVS +8 % of a core',
  decide: ({ run, findings }) => {
    const pair = studyPair(run, SUPPLIED_BY);
    if (pair.kind === 'lacking') return pair.decision;
    const rate = otherRate(run, SUPPLIED_BY);
    if (rate !== null) return rate;
    const excessOf = (modeId: string) =>
      growthsOf(findings, { modeId, policyId: 'per-request', quantity: CPU }).find(
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
