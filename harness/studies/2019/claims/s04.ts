import type { ClaimNumber } from '../../../model/study.ts';
import type { Claim, ClaimContext } from './claim.ts';
import { lacking, numberOf } from './claim.ts';
import { flavourNote, iptablesOf, studyPair } from './contestants.ts';
import {
  differencesBetween,
  HANDSHAKE_P50,
  lackingInterval,
  STUDY_LARGEST,
  settledBy,
  TOTAL_P50,
  whyNotCompared,
} from './lookup.ts';

const SUPPLIED_BY = ['10k', 'study'];

/** Where ipvs cannot run: what iptables costs over nftables, told beside and deciding nothing. */
function numbersBeside({ run, findings }: ClaimContext): ClaimNumber[] {
  const iptables = iptablesOf(run).mode;
  const nftables = run.header.scenario.modes.find(({ routing }) => routing.kind === 'nftables');
  if (iptables === undefined || nftables === undefined) return [];
  const query = { modeId: iptables.id, referenceModeId: nftables.id, policyId: 'per-request' };
  return [TOTAL_P50, HANDSHAKE_P50].flatMap((quantity) => {
    const one = differencesBetween(findings, { ...query, quantity }).find(
      ({ sizeServices }) => sizeServices === STUDY_LARGEST,
    );
    const name = quantity === TOTAL_P50 ? 'total' : 'handshake on the wire';
    return one === undefined
      ? []
      : [numberOf(`beside, not the claim: median ${name}, ${iptables.id} − ${nftables.id}`, one.adjusted, 'us')];
  });
}

export const s04: Claim = {
  id: 'S4',
  origin: 'study',
  statement: 'At 10,000 Services without keepalive iptables is slower than IPVS.',
  needs: 'iptables and ipvs side by side at 10,000 Services, a new connection per request.',
  rule: 'The interval of the paired difference of the median total time lies above 0.',
  published2019: null,
  decide: ({ run, findings }) => {
    const pair = studyPair(run, SUPPLIED_BY);
    if (pair.kind === 'lacking') return { ...pair.decision, numbers: numbersBeside({ run, findings }) };
    const at = (modeId: string, quantity: string) =>
      differencesBetween(findings, { modeId, referenceModeId: pair.ipvs.id, policyId: 'per-request', quantity }).find(
        ({ sizeServices }) => sizeServices === STUDY_LARGEST,
      );
    const decisive = at(pair.iptables.id, TOTAL_P50);
    if (decisive === undefined)
      return lacking(
        findings.sizesServices.includes(STUDY_LARGEST)
          ? whyNotCompared(findings, 'per-request', [pair.iptables.id, pair.ipvs.id])
          : 'This run has no 10,000 Services.',
        SUPPLIED_BY,
      );
    const modes = [pair.iptables, ...iptablesOf(run).others];
    const numbers = modes.flatMap(({ id }) =>
      [TOTAL_P50, HANDSHAKE_P50].flatMap((quantity) => {
        const one = at(id, quantity);
        const name = quantity === TOTAL_P50 ? 'total' : 'handshake on the wire';
        return one === undefined ? [] : [numberOf(`median ${name}, ${id} − ${pair.ipvs.id}`, one.adjusted, 'us')];
      }),
    );
    const { low, high } = decisive.adjusted;
    const note = flavourNote(run);
    if (low !== null && low > 0)
      return { verdict: 'reproduced', because: `The whole interval lies above 0.${note}`, numbers };
    if (high !== null && (high < 0 || decisive.verdict === 'equivalent')) {
      return {
        verdict: 'not reproduced',
        because: `The interval does not lie above 0, and it is narrow.${note}`,
        numbers,
      };
    }
    return {
      verdict: 'inconclusive',
      because: `${lackingInterval([decisive]) ?? `The interval holds 0.${settledBy([decisive])}`}${note}`,
      numbers,
    };
  },
};
