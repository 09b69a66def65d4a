import { modelPositionRules } from '../../analysis/rules.ts';
import type { RulesSeries } from '../../model/findings.ts';
import type { Scenario } from '../../model/scenario.ts';
import { CALICO_SOURCE, modelCalicoRules, STUDY_CALICO } from './calico-model.ts';

/** kube-proxy as it was in 2019, for comparison with the study's chart. */
function seriesOf2019({ sizesServices, endpointsPerService }: Scenario): RulesSeries {
  const points = sizesServices.map((sizeServices) => ({
    sizeServices,
    ...modelPositionRules({ serviceJumps: 2 * sizeServices, endpointsPerService }),
  }));
  const source =
    'Model by position with two rules per Service, as kube-proxy wrote them until November 2020 (kubernetes/kubernetes#96959).';
  return { id: 'iptables in 2019 (by position)', modeId: null, kind: 'position-model', points, source };
}

function calicoSeries(sizesServices: readonly number[]): RulesSeries {
  const points = sizesServices.map((sizeServices) => ({ sizeServices, ...modelCalicoRules(STUDY_CALICO) }));
  return { id: 'Calico (model)', modeId: null, kind: 'documented-model', points, source: CALICO_SOURCE };
}

/** What the study's third chart has beside the run's own series. */
export function makeStudySeries(scenario: Scenario): RulesSeries[] {
  return [seriesOf2019(scenario), calicoSeries(scenario.sizesServices)];
}
