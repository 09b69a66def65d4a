import type { RulesSeries } from '../../model/findings.ts';
import { type ClaimFinding, type StudyFinding, studyFindingSchema } from '../../model/study.ts';
import { STUDY_SHAPE, type SyntheticShape } from './synthetic-findings.ts';

function makeClaims(shape: SyntheticShape): ClaimFinding[] {
  const sizes = Math.max(...shape.sizesServices);
  return [
    {
      id: 'S4',
      origin: 'study',
      statement: 'At 10,000 Services without keepalive iptables is slower than IPVS.',
      needs: 'iptables and ipvs at 10,000 Services, a new connection for each request',
      rule: 'The paired difference of the median total; reproduced when its 95 % interval lies above 0.',
      verdict: sizes >= 10_000 ? 'reproduced' : 'inconclusive',
      because: 'The interval lies above 0.',
      numbers: [{ label: 'iptables-legacy less ipvs', value: 98.7, low: 94.1, high: 103.2, unit: 'us' }],
      published2019: null,
      suppliedBy: sizes >= 10_000 ? [] : ['10k'],
    },
    {
      id: 'S7',
      origin: 'study',
      statement:
        'At 10,000 Services, no keepalive, 1,000 rps: iptables costs about +35 % of a core over the smallest size, IPVS about +8 %.',
      needs: 'CPU at the smallest size and at 10,000 Services',
      rule: 'Growth of CPU over idle, shown beside the published values.',
      verdict: 'not reproduced',
      because: 'iptables costs less than half of what it did.',
      numbers: [
        { label: 'iptables-legacy', value: 0.128, low: 0.119, high: 0.137, unit: 'cores' },
        { label: 'ipvs', value: 0.004, low: -0.003, high: 0.011, unit: 'cores' },
      ],
      published2019: 'iptables +35 %, IPVS +8 % of a core',
      suppliedBy: [],
    },
    {
      id: 'K9',
      origin: 'notes',
      statement: 'kernelspace is the Windows mode.',
      needs: 'Windows nodes in an existing cluster',
      rule: 'Observed.',
      verdict: 'not measurable here',
      because: 'This testbed has no Windows nodes.',
      numbers: [],
      published2019: null,
      suppliedBy: [],
    },
    {
      id: 'S11',
      origin: 'study',
      statement: 'Older kernels reprogram iptables more slowly.',
      needs: 'The same scenario on several kernels',
      rule: 'Programming time by kernel.',
      verdict: 'inconclusive',
      because: 'This run has one kernel.',
      numbers: [],
      published2019: null,
      suppliedBy: ['kernels'],
    },
  ];
}

function makeModels(shape: SyntheticShape): RulesSeries[] {
  const point = (sizeServices: number, rules: number) => ({ sizeServices, rules, lowRules: null, highRules: null });
  const calico: RulesSeries = {
    id: 'Calico (model)',
    modeId: null,
    kind: 'documented-model',
    points: shape.sizesServices.map((size) => point(size, 22)),
    source: "Calico's documented chains: 30 pods per node, 3 policies per pod.",
  };
  const past: RulesSeries = {
    id: 'iptables in 2019 (by position)',
    modeId: null,
    kind: 'position-model',
    points: shape.sizesServices.map((size) => point(size, 8 + size)),
    source: 'Two rules per Service.',
  };
  return [past, calico];
}

/** What a study says of synthetic findings of the same shape. */
export function makeSyntheticStudies(shape: SyntheticShape = STUDY_SHAPE): StudyFinding[] {
  return [studyFindingSchema.parse({ name: '2019', claims: makeClaims(shape), rules: makeModels(shape) })];
}
