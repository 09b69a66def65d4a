import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Reason } from '../model/reason.ts';
import type { Environment } from '../model/run.ts';
import { CommandError, type Exec } from '../system/exec.ts';
import { gitVariables } from '../system/laboratory-variables.ts';
import { withoutPlaces } from '../system/private-path.ts';

type HarnessCommit = Pick<Environment, 'harnessCommit' | 'harnessCommitUnknown'>;

/**
 * The commit of the checkout, with "+changes" behind it where files that git knows were changed. Where there is a checkout and git does not tell (it refuses one
 * that another user owns, or there is no git), the reason is beside the null. Outside a checkout there is no commit; a repository around it is another's.
 */
export async function loadCommit(exec: Exec, project: string): Promise<HarnessCommit> {
  if (!existsSync(join(project, '.git'))) return { harnessCommit: null };
  const variables = { variables: 'laboratory', env: gitVariables(process.env) } as const;
  const git = (...words: string[]) => exec.run(['git', '-C', project, ...words], variables);
  try {
    const commit = (await git('rev-parse', 'HEAD')).stdout.trim();
    const changes = (await git('status', '--porcelain', '--untracked-files=no')).stdout.trim();
    return { harnessCommit: changes === '' ? commit : `${commit}+changes` };
  } catch (error) {
    return { harnessCommit: null, harnessCommitUnknown: explainRefusal(error) };
  }
}

/** git's own words, recognised in this one place (git 2.35.2 and later: "detected dubious ownership in repository at"; before: "unsafe repository"). */
function explainRefusal(error: unknown): Reason {
  const code = 'commit-unknown';
  if (!(error instanceof CommandError) || error.notFound)
    return { code, message: 'the commit of this program is not known: there is no git', remedy: 'install git' };
  if (/dubious ownership|unsafe repository|safe\.directory/.test(error.stderrTail))
    return {
      code,
      message: 'the commit of this program is not known: git refuses its checkout, because another user owns it',
      // Stored runs tell nobody's places, so the shell says where it is.
      remedy: 'in the checkout: git config --global --add safe.directory "$PWD"',
    };
  const [said = ''] = error.stderrTail.trim().split('\n');
  return {
    code,
    message: `the commit of this program is not known: git says "${withoutPlaces(said)}"`,
    remedy: 'in the checkout: git status',
  };
}
