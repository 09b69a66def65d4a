import { listNodeDifferences, listPlaceDifferences, listScenarioDifferences } from '../analysis/compare/settings.ts';
import { UsageError } from '../errors.ts';
import type { SettingDifference } from '../model/comparison.ts';
import type { Mode } from '../model/mode.ts';
import { type Environment, headerOfWhatRan, type RunHeader } from '../model/run.ts';
import type { Scenario } from '../model/scenario.ts';
import type { StandingNode } from '../model/target.ts';
import { reportCommand } from '../store/run-words.ts';
import { npmCommand } from '../system/shell-words.ts';

/** More of them help nobody: another machine differs in everything. */
const MOST_SHOWN = 4;

/** What a run goes on with. */
interface Continuation {
  readonly directory: string;
  readonly scenario: Scenario;
  readonly modes: readonly Mode[];
  readonly environment: Environment;
}

/**
 * A run is of one place: trials of two kernels, machines, versions of a tool, settings or sets of modes are two runs, and together they are a wrong number. Throws a UsageError that names what
 * changed since the run began (an update and a restart, a directory that two machines share, a tool that is gone).
 */
export function requireSamePlace(before: RunHeader, now: Continuation): void {
  refuse(before, now.directory, [
    ...listModeDifferences(before, now.modes),
    ...listScenarioDifferences(before.scenario, now.scenario),
    ...listPlaceDifferences(before.environment, now.environment),
  ]);
}

/** The same for a node that stands anew: a kube-proxy that somebody else installs may have been updated or set otherwise since. */
export function requireSameNode(
  before: { readonly header: RunHeader; readonly nodes: readonly StandingNode[]; readonly directory: string },
  now: StandingNode,
): void {
  const stood = before.nodes.find(({ modeId }) => modeId === now.modeId);
  if (stood !== undefined) refuse(before.header, before.directory, listNodeDifferences(stood, now));
}

function refuse(before: RunHeader, directory: string, differences: readonly SettingDifference[]): void {
  if (differences.length === 0) return;
  const shown = differences
    .slice(0, MOST_SHOWN)
    .map(({ setting, values: [then, today] }) => `\n  ${setting}: ${then} | ${today}`);
  const more = differences.length - shown.length;
  throw new UsageError(
    `--resume goes on where a run was begun, and that is no longer this place (then | now):${shown.join('')}${more > 0 ? `\n  and ${more} more` : ''}`,
    `what it measured so far: ${reportCommand(directory)}\n    a new run: ${npmCommand(before.command)}`,
  );
}

function listModeDifferences(before: RunHeader, modes: readonly Mode[]): readonly SettingDifference[] {
  const [then, today] = [headerOfWhatRan(before).scenario.modes, modes].map((list) =>
    list.map(({ id }) => id).join(', '),
  );
  return then === today ? [] : [{ setting: 'modes', values: [then ?? '', today ?? ''] }];
}
