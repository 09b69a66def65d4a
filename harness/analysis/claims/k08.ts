import type { Claim } from './claim.ts';
import { numberOf } from './claim.ts';
import { iptablesOf, lackingMode } from './contestants.ts';
import { differencesBetween, settledBy, TOTAL_P50 } from './lookup.ts';

const SUPPLIED_BY = ['history'];

export const k08: Claim = {
  id: 'K8',
  origin: 'notes',
  statement:
    'userspace mode (kube-proxy up to 1.25) is slower, and retries another pod when the first does not answer; iptables does not.',
  needs: 'A kube-proxy of 1.25 or older in userspace mode beside iptables, and one dead endpoint that is still listed.',
  rule: 'Slower: the interval of the paired difference of the median total time lies above 0. The retry needs errors with a dead endpoint, which no stored run has; so at best half of the claim is decided.',
  published2019: null,
  decide: ({ run, evidence }) => {
    const userspace = run.header.scenario.modes.find(({ routing }) => routing.kind === 'userspace');
    const iptables = iptablesOf(run).mode;
    if (userspace === undefined) return lackingMode(run, 'userspace', SUPPLIED_BY);
    if (iptables === undefined) return lackingMode(run, 'iptables', SUPPLIED_BY);
    const differences = evidence.policyIds.flatMap((policyId) =>
      differencesBetween(evidence, {
        modeId: userspace.id,
        referenceModeId: iptables.id,
        policyId,
        quantity: TOTAL_P50,
      }),
    );
    const numbers = differences.map((one) =>
      numberOf(`${userspace.id} − ${iptables.id} at ${one.sizeServices} Services, ${one.policyId}`, one.adjusted, 'us'),
    );
    const slower = differences.filter(({ excludesZero, adjusted }) => excludesZero && adjusted.value > 0);
    const faster = differences.filter(({ excludesZero, adjusted }) => excludesZero && adjusted.value < 0);
    if (faster.length > 0) return { verdict: 'not reproduced', because: 'userspace is faster somewhere.', numbers };
    const because =
      slower.length === differences.length && slower.length > 0
        ? 'userspace is slower everywhere; whether it retries another pod is not measured.'
        : `It is not decided whether userspace is slower.${settledBy(differences)}`;
    return { verdict: 'inconclusive', because, numbers };
  },
};
