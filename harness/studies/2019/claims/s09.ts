import type { RulesSeries } from '../../../model/findings.ts';
import type { Claim } from './claim.ts';
import { lacking, numberOf, plainNumber } from './claim.ts';
import { iptablesOf, lackingMode } from './contestants.ts';
import { STUDY_LARGEST } from './lookup.ts';

const SUPPLIED_BY = ['10k', 'study'];
const PUBLISHED_RULES = 20_000;

export const s09: Claim = {
  id: 'S9',
  origin: 'study',
  statement: 'About 20,000 rules run per new connection at 10,000 Services.',
  needs: 'iptables at 10,000 Services, with the kernel’s rule counters around a known number of connections.',
  rule: 'Reproduced when the counted rules of the last target lie within 10 % of 20,000. Since November 2020 kube-proxy writes one rule per Service instead of two, so up to 10,000 and on average half of that is what today’s must give.',
  published2019: 'about 20,000 rules per connection',
  decide: ({ run, findings }) => {
    const { mode } = iptablesOf(run);
    if (mode === undefined) return lackingMode(run, 'iptables', SUPPLIED_BY);
    const pointOf = (kind: RulesSeries['kind']) =>
      findings.rules
        .find((series) => series.kind === kind && series.modeId === mode.id)
        ?.points.find(({ sizeServices }) => sizeServices === STUDY_LARGEST);
    const [counted, modelled] = [pointOf('measured'), pointOf('position-model')];
    if (counted === undefined)
      return lacking('Rules per connection were not counted at 10,000 Services in iptables mode.', SUPPLIED_BY);
    const row = (label: string, { rules, lowRules, highRules }: typeof counted) =>
      numberOf(
        label,
        { value: rules, low: lowRules, high: highRules },
        'rules per connection (least … most of the targets)',
      );
    const numbers = [
      row(`counted, ${mode.id}`, counted),
      ...(modelled ? [row('by position', modelled)] : []),
      plainNumber('published', PUBLISHED_RULES, 'rules per connection'),
    ];
    const most = counted.highRules ?? counted.rules;
    if (Math.abs(most - PUBLISHED_RULES) <= 0.1 * PUBLISHED_RULES)
      return { verdict: 'reproduced', because: 'As many as published.', numbers };
    const halved = most <= 1.1 * (PUBLISHED_RULES / 2);
    const because = halved
      ? 'At most one rule per Service runs, not two: kube-proxy changed in November 2020 (kubernetes/kubernetes#96959). The walk itself is still there.'
      : 'The counted rules are neither two nor one per Service.';
    return { verdict: 'not reproduced', because, numbers };
  },
};
