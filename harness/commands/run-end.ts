import { InvalidRunError } from '../errors.ts';
import type { Findings } from '../model/findings.ts';
import { MINIMUM_ROUNDS } from '../model/rounds.ts';
import type { Run, RunHeader } from '../model/run.ts';
import { leastDurationMs } from '../scenario/combinations.ts';
import { npmCommand } from '../system/shell-words.ts';

/** Flags that may stand beside a smoke run that is nothing else. */
const NEUTRAL_FLAGS = ['--scenario', '--runs-dir', '--debug', '--json'];
/** What a newcomer measures next. */
const AFTER_SMOKE = '10k';

/** The last lines of a run that was too short to compare anything: that all is in place, and what to type to compare. `null` for every other run. */
export function formatShortRunEnd(header: RunHeader, findings: Findings): string | null {
  const { maxRounds } = header.scenario.stop;
  const { valid, invalid } = findings.trials;
  if (maxRounds >= MINIMUM_ROUNDS || valid === 0) return null;
  const aim = findings.modeIds.length < 2 ? 'for intervals' : 'to compare';
  const rounds = `${maxRounds} round${maxRounds === 1 ? ' is' : 's are'} too few ${aim}`;
  return `everything works: ${valid} of ${valid + invalid} trials valid; ${rounds}\n${aim}: ${npmCommand(longerCommand(header))}`;
}

/** The same words with as many rounds as an interval needs, and time for them; after a plain smoke run the scenario to go on with. */
function longerCommand({ command, scenario }: RunHeader): readonly string[] {
  const flags = command.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '');
  if (scenario.name === 'smoke' && flags.every((flag) => NEUTRAL_FLAGS.includes(flag)))
    return command.map((word) => word.replace(/^(--scenario=)?smoke$/, `$1${AFTER_SMOKE}`));
  const leastMs = leastDurationMs({ ...scenario, stop: { ...scenario.stop, minRounds: MINIMUM_ROUNDS } });
  // Half as much again and a minute, for standing up.
  const neededMs = leastMs * 1.5 + 60_000;
  const longer = [...withoutFlag(command, '--rounds'), '--rounds', String(MINIMUM_ROUNDS)];
  if (neededMs <= scenario.stop.budgetMs) return longer;
  return [...withoutFlag(longer, '--budget'), '--budget', `${Math.ceil(neededMs / 60_000)}m`];
}

function withoutFlag(words: readonly string[], flag: string): readonly string[] {
  return words.filter((word, at) => word !== flag && words[at - 1] !== flag && !word.startsWith(`${flag}=`));
}

/** A run without one valid trial has measured nothing: exit 4, with the reason that most of them have. */
export function requireValidTrial({ trials }: Run, reportPath: string): void {
  if (trials.length === 0 || trials.some(({ valid }) => valid)) return;
  const reasons = Map.groupBy(
    trials.flatMap(({ invalid }) => invalid),
    ({ code }) => code,
  );
  const [most] = [...reasons.values()].toSorted((one, other) => other.length - one.length);
  const reason = most?.[0];
  const why = reason === undefined ? 'they hold no result' : `${reason.message} (${most?.length} of ${trials.length})`;
  throw new InvalidRunError(
    `no trial is valid, and nothing is found: ${why}`,
    `${reason === undefined ? '' : `${reason.remedy}; `}all of them: ${reportPath}`,
  );
}
