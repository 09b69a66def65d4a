import { modelPositionRules } from '../../../analysis/rules.ts';
import type { RulesSeries } from '../../../model/findings.ts';
import { modelCalicoRules, STUDY_CALICO } from '../calico-model.ts';
import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';
import { iptablesOf, lackingMode } from './contestants.ts';

const SUPPLIED_BY = ['study', '100'];
const STUDY_SIZE = 20;

/** Counted rules at 20 Services, by a straight line between the counted sizes around it (the walk is linear in the size). */
function countedAt20(series: RulesSeries | undefined): number | null {
  const points = series?.points ?? [];
  const exact = points.find(({ sizeServices }) => sizeServices === STUDY_SIZE);
  if (exact !== undefined) return exact.rules;
  const below = points.filter(({ sizeServices }) => sizeServices < STUDY_SIZE).at(-1);
  const above = points.find(({ sizeServices }) => sizeServices > STUDY_SIZE);
  if (below === undefined || above === undefined) return null;
  const share = (STUDY_SIZE - below.sizeServices) / (above.sizeServices - below.sizeServices);
  return below.rules + share * (above.rules - below.rules);
}

export const s12: Claim = {
  id: 'S12',
  origin: 'study',
  statement: 'Calico at 10,000 Services runs about as many rules per connection as kube-proxy at 20 Services.',
  needs:
    'Rules per connection counted in iptables mode at sizes around 20 Services. Calico’s number comes from its documented chains (a model), unless a cluster runs it.',
  rule: 'Reproduced when kube-proxy’s counted rules at 20 Services lie within a factor of two of Calico’s modelled rules.',
  published2019: 'as kube-proxy at 20 Services',
  decide: ({ run, findings }) => {
    const { mode } = iptablesOf(run);
    if (mode === undefined) return lackingMode(run, 'iptables', SUPPLIED_BY);
    const calico = modelCalicoRules(STUDY_CALICO).rules;
    const counted = countedAt20(findings.rules.find(({ kind, modeId }) => kind === 'measured' && modeId === mode.id));
    if (counted === null) {
      return lacking('Rules per connection were not counted at sizes around 20 Services.', SUPPLIED_BY);
    }
    const { endpointsPerService } = run.header.scenario;
    const numbers = [
      plainNumber(`counted at 20 Services, ${mode.id}`, counted, 'rules per connection'),
      plainNumber('Calico, modelled, at any number of Services', calico, 'rules per connection'),
      plainNumber(
        'kube-proxy of 2019 at 20 Services, modelled',
        modelPositionRules({ serviceJumps: 2 * STUDY_SIZE, endpointsPerService }).rules,
        'rules per connection',
      ),
    ];
    const ratio = calico / counted;
    return ratio >= 0.5 && ratio <= 2
      ? {
          verdict: 'reproduced',
          because: 'Within a factor of two. Calico’s side is a model of its documented chains.',
          numbers,
        }
      : {
          verdict: 'not reproduced',
          because: 'More than a factor of two apart. Calico’s side is a model of its documented chains.',
          numbers,
        };
  },
};
