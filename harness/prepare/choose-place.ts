import { EnvironmentError } from '../errors.ts';
import { loadKind } from '../launch/places.ts';
import { isFloor } from '../mode/table.ts';
import { findModeVersionReason } from '../mode/version.ts';
import type { Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { Scenario } from '../model/scenario.ts';
import { NO_NAMESPACES } from '../testbed/mode-support.ts';
import type { TestbedKind } from '../testbed/testbed.ts';

export interface ChosenTestbed {
  readonly kind: TestbedKind;
  /** Why this one; `null` when the user named it. */
  readonly reason: string | null;
  readonly modes: readonly Mode[];
  readonly refused: readonly Extract<ModeSupport, { supported: false }>[];
}

/** Modes are compared on one kernel or not at all: `auto` takes the first kind in this order that runs all of them. */
const AUTO_ORDER: readonly TestbedKind['name'][] = ['netns', 'vm'];

/**
 * Picks the testbed for a scenario, and says which of its modes will run there. Rejects with an EnvironmentError (exit 3) that names every mode that
 * cannot, when the scenario says `refuse`, or when none is left.
 */
export async function chooseTestbed(
  scenario: Scenario,
  load: (name: TestbedKind['name']) => Promise<TestbedKind> = loadKind,
  howToSkip = HOW_TO_SKIP,
): Promise<ChosenTestbed> {
  if (scenario.testbed !== 'auto') {
    const kind = await load(scenario.testbed);
    return settle({ kind, reason: null, scenario, support: await askSupport(kind, scenario), howToSkip });
  }
  const asked: Asked[] = [];
  const troubles: Trouble[] = [];
  for (const name of AUTO_ORDER) {
    const kind = await load(name);
    // One after the other: a kernel for a guest is fetched only when this machine's own does not do.
    const answer = await askWhole(kind, scenario);
    if (answer.kind === 'cannot') troubles.push({ name, error: answer.error });
    else asked.push({ kind, support: answer.support });
    if (answer.kind === 'whole' || (answer.kind === 'part' && hasNoNamespaces(answer.support))) break;
  }
  const whole = asked.find(({ support }) => isWhole(support));
  const [first] = asked;
  const taken = whole ?? first;
  if (taken === undefined) throw nothingWorks(troubles);
  const reason = describeChoice(taken, { whole: whole !== undefined, first, why: describeTroubles(troubles) });
  return settle({ ...taken, reason, scenario, howToSkip });
}

/** What to do about modes that cannot run, where leaving them out would leave some. */
const HOW_TO_SKIP = 'name others with --modes, or let them be left out with --if-unsupported skip';

interface Asked {
  readonly kind: TestbedKind;
  readonly support: readonly ModeSupport[];
}

type WholeAnswer =
  | { readonly kind: 'whole' | 'part'; readonly support: readonly ModeSupport[] }
  | { readonly kind: 'cannot'; readonly error: EnvironmentError };

interface Trouble {
  readonly name: TestbedKind['name'];
  readonly error: EnvironmentError;
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

async function askWhole(kind: TestbedKind, scenario: Scenario): Promise<WholeAnswer> {
  try {
    const support = await askSupport(kind, scenario);
    return { kind: isWhole(support) ? 'whole' : 'part', support };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return { kind: 'cannot', error };
  }
}

function describeChoice(
  { kind }: Asked,
  choice: { whole: boolean; first: Asked | undefined; why: string | null },
): string {
  const { whole, first, why } = choice;
  if (!whole)
    return `${kind.name}: no testbed here runs all modes on one kernel, and this one needs nothing else${why === null ? '' : `; ${why}`}`;
  if (first?.kind === kind) return describeFirst(first);
  const lacking = first?.support.filter((one) => !one.supported).map((one) => one.mode.id) ?? [];
  return `${kind.name}: this machine's own kernel cannot run ${lacking.join(', ')}`;
}

function describeFirst({ kind, support }: Asked): string {
  return support.every((one) => one.supported)
    ? `${kind.name}: this kernel runs all modes that were asked for`
    : `${kind.name}: this kernel runs all modes that there are tools for`;
}

/** What the kernel says, and before it what the kube-proxy version has. */
async function askSupport(kind: TestbedKind, scenario: Scenario): Promise<readonly ModeSupport[]> {
  const support = await kind.support(scenario.modes, scenario);
  if (kind.ownKubeProxy === true) return support;
  return support.map((one) => {
    const reason = findModeVersionReason(one.mode, scenario.proxy.version);
    return reason === null ? one : { mode: one.mode, supported: false, reason };
  });
}

/**
 * The same once the binaries are there: a version that was named by a path is known then. Modes that it lacks are left out as well, or refused, as the scenario says.
 * `binaries`: by the words that the scenario has for them.
 */
export function refuseByBinaries(
  chosen: ChosenTestbed,
  scenario: Scenario,
  binaries: Readonly<Record<string, { readonly version: string }>>,
  howToSkip = HOW_TO_SKIP,
): ChosenTestbed {
  const support = chosen.modes.map((mode): ModeSupport => {
    const version = binaries[mode.proxyVersion ?? scenario.proxy.version]?.version;
    const reason = version === undefined ? null : findModeVersionReason({ ...mode, proxyVersion: null }, version);
    return reason === null ? { mode, supported: true } : { mode, supported: false, reason };
  });
  const settled = settle({ ...chosen, scenario, support, howToSkip });
  return { ...settled, refused: [...chosen.refused, ...settled.refused] };
}

function settle(parts: {
  kind: TestbedKind;
  reason: string | null;
  scenario: Scenario;
  support: readonly ModeSupport[];
  howToSkip: string;
}): ChosenTestbed {
  const { kind, reason, scenario, support } = parts;
  const refused = support.filter((one) => !one.supported);
  const modes = support.filter((one) => one.supported).map((one) => one.mode);
  const measurable = modes.filter((mode) => !isFloor(mode) || scenario.modes.every(isFloor));
  const remedy =
    measurable.length === 0 ? 'name others with --modes; npm run doctor says which run here' : parts.howToSkip;
  if (refused.length > 0 && (scenario.unsupported === 'refuse' || measurable.length === 0))
    throw cannotRun(kind, refused, remedy);
  return { kind, reason, modes, refused };
}

function cannotRun(kind: TestbedKind, refused: ChosenTestbed['refused'], remedy: string): EnvironmentError {
  const lines = refused.map(({ mode, reason }) => `  ${mode.id}: ${reason.message}\n    ${reason.remedy}`);
  return new EnvironmentError(
    `${refused.length === 1 ? 'a mode' : `${refused.length} modes`} cannot run in ${kind.name} here:\n${lines.join('\n')}`,
    remedy,
  );
}
