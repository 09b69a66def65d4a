import type { Claim } from './claim.ts';
import { lacking } from './claim.ts';

export const k09: Claim = {
  id: 'K9',
  origin: 'notes',
  statement: 'kernelspace is the Windows mode.',
  needs: 'Windows nodes in an existing cluster (testbed cluster).',
  rule: 'Not decided by any run on Linux.',
  published2019: null,
  decide: ({ run }) =>
    lacking(
      `This run’s node is Linux (${run.header.environment.kernel.release}); kernelspace needs Windows nodes in an existing cluster, which no scenario here brings up.`,
      [],
    ),
};
