import { EnvironmentError } from '../errors.ts';
import { type RefusedMode, refuseOrSkip, type Sorted } from '../launch/refuse-or-skip.ts';
import type { Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { PlaceName, Scenario } from '../model/scenario.ts';
import { NO_NAMESPACES } from '../testbed/mode-support.ts';
import { refuseByVersion, runs } from './ask-place.ts';

/** Where a run will stand, and which of its modes run there. */
export interface ChosenPlace extends Sorted {
  readonly name: PlaceName;
  /** Why this one; `null` when the user named it. */
  readonly reason: string | null;
}

/** Modes are compared on one kernel or not at all: `auto` takes the first place in this order that runs all of them. */
const AUTO_ORDER: readonly PlaceName[] = ['netns', 'vm'];

interface Choosing {
  /** Which modes of the scenario run there; rejects with an EnvironmentError where nothing can. */
  readonly ask: (name: PlaceName) => Promise<readonly ModeSupport[]>;
  /** What to do about modes that cannot run, where leaving them out would leave some. */
  readonly howToSkip: string;
}

/**
 * Picks the place for a scenario, and says which of its modes will run there. Rejects with an EnvironmentError (exit 3) that names every mode that
 * cannot, when the scenario says `refuse`, or when none is left.
 */
export async function choosePlace(scenario: Scenario, { ask, howToSkip }: Choosing): Promise<ChosenPlace> {
  const taken = scenario.testbed === 'auto' ? await chooseFreely(ask) : await askNamed(scenario.testbed, ask);
  return sortModes(taken, scenario, howToSkip);
}

/** A place that answered. */
interface Asked {
  readonly name: PlaceName;
  readonly support: readonly ModeSupport[];
}

type Taken = Asked & { readonly reason: string | null };

async function askNamed(name: PlaceName, ask: Choosing['ask']): Promise<Taken> {
  return { name, reason: null, support: await ask(name) };
}

async function chooseFreely(ask: Choosing['ask']): Promise<Taken> {
  const asked: Asked[] = [];
  const troubles: Trouble[] = [];
  for (const name of AUTO_ORDER) {
    // One after the other: a kernel for a guest is fetched only when this machine's own does not do.
    const answer = await askOrTrouble(name, ask);
    if ('error' in answer) troubles.push(answer);
    else asked.push(answer);
    if ('support' in answer && (isWhole(answer.support) || hasNoNamespaces(answer.support))) break;
  }
  const whole = asked.find(({ support }) => isWhole(support));
  const [first] = asked;
  const taken = whole ?? first;
  if (taken === undefined) throw nothingWorks(troubles);
  const reason = describeChoice(taken, { whole: whole !== undefined, first, why: describeTroubles(troubles) });
  return { ...taken, reason };
}

interface Trouble {
  readonly name: PlaceName;
  readonly error: EnvironmentError;
}

async function askOrTrouble(name: PlaceName, ask: Choosing['ask']): Promise<Asked | Trouble> {
  try {
    return { name, support: await ask(name) };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return { name, error };
  }
}

/** A guest stands over this machine's files: a tool that is missing or does not do here is no better there. */
const SAME_IN_A_GUEST: readonly string[] = ['tool-missing', 'tool-unfit'];

/** Does this place run all that another kernel could run? */
function isWhole(support: readonly ModeSupport[]): boolean {
  return (
    support.some((one) => one.supported) &&
    support.every((one) => one.supported || SAME_IN_A_GUEST.includes(one.reason.code))
  );
}

/** Then nothing is looked for, fetched or installed for a guest. */
function hasNoNamespaces(support: readonly ModeSupport[]): boolean {
  return support.some((one) => !one.supported && one.reason.code === NO_NAMESPACES);
}

function describeTroubles(troubles: readonly Trouble[]): string | null {
  if (troubles.length === 0) return null;
  return troubles.map(({ name, error }) => `${name} cannot be used (${error.message}; ${error.remedy})`).join('; ');
}

/** What all places say alike is said once. */
function nothingWorks(troubles: readonly Trouble[]): EnvironmentError {
  const [first] = troubles;
  if (first !== undefined && troubles.every(({ error }) => error.message === first.error.message)) return first.error;
  const lines = troubles.map(({ name, error }) => `\n  ${name}: ${error.message}`);
  return new EnvironmentError(`no testbed works here:${lines.join('')}`, first?.error.remedy ?? 'npm run doctor');
}

function describeChoice(
  { name }: Asked,
  choice: { whole: boolean; first: Asked | undefined; why: string | null },
): string {
  const { whole, first, why } = choice;
  if (!whole)
    return `${name}: no testbed here runs all modes on one kernel, and this one needs nothing else${why === null ? '' : `; ${why}`}`;
  if (first?.name === name) return describeFirst(first);
  const lacking = first?.support.filter((one) => !one.supported).map((one) => one.mode.id) ?? [];
  return `${name}: this machine's own kernel cannot run ${lacking.join(', ')}`;
}

function describeFirst({ name, support }: Asked): string {
  return support.every((one) => one.supported)
    ? `${name}: this kernel runs all modes that were asked for`
    : `${name}: this kernel runs all modes that there are tools for`;
}

/**
 * The same once the binaries are there: a version that was named by a path is known then. Modes that it lacks are left out as well, or refused, as the scenario says.
 * `binaries`: by the words that the scenario has for them.
 */
export function refuseByBinaries(
  chosen: ChosenPlace,
  scenario: Scenario,
  { binaries, howToSkip }: { binaries: Readonly<Record<string, { readonly version: string }>>; howToSkip: string },
): ChosenPlace {
  const versionOf = ({ proxyVersion }: Mode) => binaries[proxyVersion ?? '']?.version ?? null;
  const support = refuseByVersion(chosen.modes.map(runs), versionOf);
  const sorted = sortModes({ ...chosen, support }, scenario, howToSkip);
  return { ...sorted, refused: [...chosen.refused, ...sorted.refused] };
}

function sortModes({ name, reason, support }: Taken, scenario: Scenario, howToSkip: string): ChosenPlace {
  const sorted = refuseOrSkip(support, scenario, (refused, lines, isSkippable) =>
    cannotRun(name, {
      refused,
      lines,
      remedy: isSkippable ? howToSkip : 'name others with --modes; npm run doctor says which run here',
    }),
  );
  return { name, reason, ...sorted };
}

function cannotRun(
  name: PlaceName,
  { refused, lines, remedy }: { refused: readonly RefusedMode[]; lines: string; remedy: string },
): EnvironmentError {
  const what = refused.length === 1 ? 'a mode' : `${refused.length} modes`;
  return new EnvironmentError(`${what} cannot run in ${name} here:\n${lines}`, remedy);
}
