import type { Findings } from '../../model/findings.ts';
import { headerOfWhatRan, type Run } from '../../model/run.ts';
import type { StudyFinding } from '../../model/study.ts';
import { decideClaims } from './claims/table.ts';
import { makeStudySeries } from './rules-series.ts';

/** "Comparing kube-proxy modes: iptables or IPVS?" (2019) and the notes that came with it, held against a run. */
export function holdAgainst2019(stored: Run, findings: Findings): StudyFinding {
  const run = { ...stored, header: headerOfWhatRan(stored.header) };
  return { name: '2019', claims: decideClaims({ run, findings }), rules: makeStudySeries(run.header.scenario) };
}
