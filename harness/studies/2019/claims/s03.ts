import type { Growth } from '../../../model/findings.ts';
import type { Claim, Decision } from './claim.ts';
import { lacking, numberOf } from './claim.ts';
import { flavourNote, iptablesOf, lackingMode } from './contestants.ts';
import { AFTER_CONNECT_MEAN, CONNECT_MEAN, differencesBetween, settledBy, whyNotCompared } from './lookup.ts';

const SUPPLIED_BY = ['10k', 'study'];

type Side = Pick<Growth, 'difference' | 'verdict' | 'excludesZero' | 'roundsNeeded' | 'sizeServices'>;

/** The difference sits in connecting: connect differs, and what follows differs by less than half of that at most. */
function weigh(connect: Side, after: Side): Pick<Decision, 'verdict' | 'because'> {
  const { low, value } = connect.difference;
  const afterMost = Math.max(Math.abs(after.difference.low ?? Infinity), Math.abs(after.difference.high ?? Infinity));
  if (connect.excludesZero && value > 0 && low !== null && afterMost < value / 2) {
    return {
      verdict: 'reproduced',
      because:
        'Connecting carries the difference; what follows it carries less than half of it, whichever end of its interval is true.',
    };
  }
  if (after.excludesZero && (after.difference.low ?? 0) > value / 2) {
    return {
      verdict: 'not reproduced',
      because: 'The time from connected to first byte carries at least half as much as connecting.',
    };
  }
  return {
    verdict: 'inconclusive',
    because: `The intervals do not tell where the difference sits.${settledBy([connect, after])}`,
  };
}

export const s03: Claim = {
  id: 'S3',
  origin: 'study',
  statement: 'The overhead belongs to setting a connection up, not to requests on it (conntrack answers for the rest).',
  needs:
    'iptables and another mode (ipvs, else nftables, else the floor) at the largest size, a new connection per request.',
  rule: 'The mean connect time differs (interval above 0), and the mean time from connected to first byte differs by less than half of that over its whole interval.',
  published2019: null,
  decide: ({ run, findings }) => {
    const iptables = iptablesOf(run).mode;
    if (iptables === undefined) return lackingMode(run, 'iptables', SUPPLIED_BY);
    const kinds = ['ipvs', 'nftables', 'none'];
    const reference = kinds.flatMap((kind) =>
      run.header.scenario.modes.filter(({ routing }) => routing.kind === kind),
    )[0];
    if (reference === undefined) return lacking('This run has no mode to hold iptables against.', SUPPLIED_BY);
    const query = { modeId: iptables.id, referenceModeId: reference.id, policyId: 'per-request' };
    const connect = differencesBetween(findings, { ...query, quantity: CONNECT_MEAN }).at(-1);
    const after = differencesBetween(findings, { ...query, quantity: AFTER_CONNECT_MEAN }).at(-1);
    if (connect === undefined || after === undefined)
      return lacking(whyNotCompared(findings, 'per-request', [iptables.id, reference.id]), SUPPLIED_BY);
    const { verdict, because } = weigh(connect, after);
    const where = `${iptables.id} − ${reference.id} at ${connect.sizeServices} Services`;
    const numbers = [
      numberOf(`connect, ${where}`, connect.difference, 'us'),
      numberOf(`connected to first byte, ${where}`, after.difference, 'us'),
    ];
    return { verdict, because: `${because} Compared with ${reference.id}.${flavourNote(run)}`, numbers };
  },
};
