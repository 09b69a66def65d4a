import type { Findings } from '../model/findings.ts';
import type { Run } from '../model/run.ts';
import type { StudyFinding } from '../model/study.ts';
import { holdAgainst2019 } from './2019/study.ts';

/** Every published study that runs are held against. A new one is one folder and one entry. */
const STUDIES: readonly ((run: Run, findings: Findings) => StudyFinding)[] = [holdAgainst2019];

/** What each study says of a run, from the run and its findings. Pure. */
export function holdAgainstStudies(run: Run, findings: Findings): StudyFinding[] {
  return STUDIES.map((hold) => hold(run, findings));
}
