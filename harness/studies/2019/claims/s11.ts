import { estimatesOf } from '../../../model/estimate-lookup.ts';
import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';
import { iptablesOf } from './contestants.ts';

export const s11: Claim = {
  id: 'S11',
  origin: 'study',
  statement: 'Older kernels reprogram iptables more slowly.',
  needs: 'The same scenario on several kernels: one run each, compared with `npm run compare -- RUN RUN --by kernel`.',
  rule: 'Decided by the comparison of runs, not by one run: kube-proxy’s sync time in iptables mode, older kernel less newer, lies above 0.',
  published2019: null,
  decide: ({ run, findings }) => {
    const { mode } = iptablesOf(run);
    const numbers = estimatesOf(findings, 'programming.sync')
      .filter(({ modeId }) => modeId === mode?.id)
      .map(({ sizeServices, value }) =>
        plainNumber(`sync at ${sizeServices} Services on ${run.header.environment.kernel.release}`, value / 1000, 's'),
      );
    return lacking(`One run knows one kernel (${run.header.environment.kernel.release}).`, ['kernels'], numbers);
  },
};
