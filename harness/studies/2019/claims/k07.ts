import type { Claim } from './claim.ts';
import { lacking } from './claim.ts';
import { flavourNote, studyPair } from './contestants.ts';

const SUPPLIED_BY = ['10k', 'study'];

export const k07: Claim = {
  id: 'K7',
  origin: 'notes',
  statement: 'ipvs programs changes faster than iptables at scale; iptables updates are not incremental.',
  needs:
    'The time from an API write to the first connection through the changed rule, in both modes, at 1,000 Services or more.',
  rule: 'At the largest size: reproduced when ipvs’ slowest change is faster than iptables’ fastest, not reproduced the other way round, otherwise inconclusive. (iptables restores only what changed since Kubernetes 1.28.)',
  published2019: null,
  decide: ({ run, findings }) => {
    const pair = studyPair(run, SUPPLIED_BY);
    if (pair.kind === 'lacking') return pair.decision;
    const changesOf = (id: string) =>
      findings.nodes
        .filter(({ modeId, sizeServices, changes }) => modeId === id && sizeServices >= 1000 && changes.length > 0)
        .at(-1);
    const [iptables, ipvs] = [changesOf(pair.iptables.id), changesOf(pair.ipvs.id)];
    if (iptables === undefined || ipvs === undefined)
      return lacking('Changes were not timed in both modes at 1,000 Services or more.', SUPPLIED_BY);
    const numbers = [iptables, ipvs].flatMap(({ modeId, sizeServices, changes }) =>
      changes.map(({ kind, medianMs, lowestMs, highestMs, count }) => ({
        label: `${modeId} at ${sizeServices} Services, ${kind} (median of ${count}, fastest … slowest)`,
        value: medianMs,
        low: lowestMs,
        high: highestMs,
        unit: 'ms',
      })),
    );
    const range = ({ changes }: typeof iptables) => ({
      low: Math.min(...changes.map(({ lowestMs }) => lowestMs)),
      high: Math.max(...changes.map(({ highestMs }) => highestMs)),
    });
    const [slow, fast] = [range(iptables), range(ipvs)];
    const note = flavourNote(run);
    if (fast.high < slow.low)
      return {
        verdict: 'reproduced',
        because: `ipvs’ slowest change is faster than iptables’ fastest.${note}`,
        numbers,
      };
    if (slow.high < fast.low)
      return {
        verdict: 'not reproduced',
        because: `iptables’ slowest change is faster than ipvs’ fastest.${note}`,
        numbers,
      };
    return {
      verdict: 'inconclusive',
      because: `The times overlap, and a run times no more changes than these.${note}`,
      numbers,
    };
  },
};
