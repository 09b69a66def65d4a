import { analyseRun } from '../../../analysis/analyse-run.ts';
import type { Run } from '../../../model/run.ts';
import type { ClaimFinding } from '../../../model/study.ts';
import { holdAgainst2019 } from '../study.ts';

/** The claims of 2019 with their verdicts, from a run alone. */
export function claimsOf(run: Run): ClaimFinding[] {
  return holdAgainst2019(run, analyseRun(run)).claims;
}
