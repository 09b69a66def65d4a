import { UsageError } from '../errors.ts';
import type { Scenario } from '../model/scenario.ts';
import { TESTBEDS } from '../model/scenario.ts';
import { findImpossibleCombinations } from './combinations.ts';
import { fileSchema } from './file.ts';
import { toProblems } from './issue-text.ts';
import { keysAt } from './json-schema.ts';
import { applyOverrides, findOverride, isRecord, type Override } from './overrides.ts';
import type { Problem } from './problem.ts';
import { resolveScenario } from './resolve.ts';
import { placedFlags, placedValues, type SettingProblem, settleTestbed } from './settle-testbed.ts';
import { type ParsedYaml, parseYaml, type YamlSource } from './yaml-source.ts';

interface ScenarioText {
  /** What the scenario is called: the file's name without its ending. */
  readonly name: string;
  /** How messages name the file. */
  readonly file: string;
  readonly text: string;
}

/** A problem with the place that a person finds it at: file:line:column or the flag. */
interface PlacedProblem {
  readonly place: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** More lines than this help nobody. */
const MAX_SHOWN = 40;

/**
 * Text of a scenario file and what the command line says instead → the scenario as it runs. `flags`: what else was typed, that is no value of a scenario.
 * Throws one UsageError that lists every problem.
 */
export function parseScenario(
  source: ScenarioText,
  overrides: readonly Override[] = [],
  flags: readonly string[] = [],
): Scenario {
  const parsed = parseYaml(source.text);
  if (!parsed.ok) throw refuse(source.file, placeSyntaxProblems(source.file, parsed));
  if (parsed.source.value === null) {
    throw new UsageError(
      `${source.file} is empty`,
      'a scenario says at least its services and modes; scenarios/ has examples',
    );
  }
  const typed = [...overrides.map(({ flag }) => flag), ...flags];
  const { value, problems: ofTestbed } = placeSettings(applyOverrides(parsed.source.value, overrides), {
    flags: typed,
    overrides,
  });
  const outcome = judge(source.name, value);
  if (outcome.ok && ofTestbed.length === 0) return outcome.scenario;
  const ofFlags = ofTestbed.flatMap(({ at, message }) => (at.kind === 'flag' ? [placeFlag(at.flag, message)] : []));
  const ofValues = ofTestbed.flatMap(({ at, message }) => (at.kind === 'value' ? [{ path: at.path, message }] : []));
  const problems = [...(outcome.ok ? [] : outcome.problems), ...ofValues];
  const placed = placeProblems(problems, { file: source.file, yaml: parsed.source, overrides });
  throw refuse(source.file, [...placed, ...ofFlags]);
}

/** The value with the testbed that it and the typed flags ask for, and what of both that testbed cannot do. */
function placeSettings(
  value: unknown,
  { flags, overrides }: { readonly flags: readonly string[]; readonly overrides: readonly Override[] },
): { value: unknown; problems: readonly SettingProblem[] } {
  if (!isRecord(value)) return { value, problems: [] };
  const onAxis = [...findFlagsOfAxis(value, flags), ...findSecondAxis(value)];
  const asked = TESTBEDS.find((name) => name === (value.testbed === undefined ? 'auto' : value.testbed));
  if (asked === undefined) return { value, problems: onAxis };
  const settled = settleTestbed(asked, [...placedFlags(flags), ...placedValues(value, overrides)]);
  return settled.kind === 'wrong'
    ? { value, problems: [...onAxis, ...settled.problems] }
    : { value: { ...value, testbed: settled.testbed }, problems: onAxis };
}

/** A series names its kernels or versions itself: one that is typed would be measured nowhere. */
function findFlagsOfAxis({ axis }: Readonly<Record<string, unknown>>, flags: readonly string[]): SettingProblem[] {
  const keys = isRecord(axis) ? Object.keys(axis) : [];
  const byFlag = { '--kernel': 'kernel', '--kube-proxy': 'kubeProxy' };
  return Object.entries(byFlag).flatMap(([flag, key]) =>
    flags.includes(flag) && keys.includes(key)
      ? [
          {
            at: { kind: 'flag', flag } as const,
            message: `this scenario takes one run for each of its own (axis.${key}): leave it out, or take another scenario`,
          },
        ]
      : [],
  );
}

/** Runs differ in one thing, or their comparison would not know which made the difference. */
function findSecondAxis({ axis }: Readonly<Record<string, unknown>>): SettingProblem[] {
  if (!isRecord(axis) || axis.kernel === undefined || axis.kubeProxy === undefined) return [];
  const message = 'a series goes over kernels (axis.kernel) or over versions of kube-proxy, not both: leave one out';
  return [{ at: { kind: 'value', path: ['axis', 'kubeProxy'] }, message }];
}

function placeFlag(flag: string, message: string): PlacedProblem {
  return { place: flag, line: Number.MAX_SAFE_INTEGER, column: 0, message };
}

type Outcome =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The scenario, or all that is wrong with it. */
function judge(name: string, value: unknown): Outcome {
  const file = fileSchema.safeParse(value, { reportInput: true });
  if (file.success) {
    const scenario = resolveScenario(name, file.data);
    const problems = findImpossibleCombinations(scenario);
    return problems.length === 0 ? { ok: true, scenario } : { ok: false, problems };
  }
  const problems = toProblems(file.error.issues, keysAt);
  return { ok: false, problems: [...problems, ...judgeSoundParts(name, value, problems)] };
}

/** Impossible combinations in what is left of a file when its wrong values are left out, so that they need not wait for the next try. */
function judgeSoundParts(name: string, value: unknown, problems: readonly Problem[]): readonly Problem[] {
  const broken = problems.map(({ path }) => brokenPart(path));
  const mended = broken.reduce<unknown>((rest, part) => leaveOut(rest, part), value);
  const file = fileSchema.safeParse(mended);
  if (!file.success) return [];
  return findImpossibleCombinations(
    resolveScenario(name, file.data),
    broken.map((part) => part.join('.')),
  );
}

/** The part that is left out for a wrong value: a top-level key, or a key of one of the sections. */
function brokenPart(path: readonly PropertyKey[]): readonly string[] {
  return path.slice(0, typeof path[1] === 'string' ? 2 : 1).map(String);
}

function leaveOut(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || !isRecord(value)) return value;
  if (rest.length > 0) return { ...value, [key]: leaveOut(value[key], rest) };
  // What has no default is put there instead; nothing is judged by it.
  const others = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  if (key === 'modes') return { ...others, modes: ['none'] };
  return key === 'services' ? { ...others, services: [1] } : others;
}

interface Places {
  readonly file: string;
  readonly yaml: YamlSource;
  readonly overrides: readonly Override[];
}

function placeProblems(problems: readonly Problem[], places: Places): PlacedProblem[] {
  return problems
    .map((problem) => placeProblem(problem, places))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** A value from the command line is named by its flag, one from the file by its place and key. */
function placeProblem({ path, message }: Problem, { file, yaml, overrides }: Places): PlacedProblem {
  const override = findOverride(overrides, path);
  if (override !== undefined) return { place: override.flag, line: Number.MAX_SAFE_INTEGER, column: 0, message };
  const { line, column } = yaml.locate(path, message.startsWith('unknown key') ? 'key' : 'value');
  return { place: `${file}:${line}:${column}: ${formatPath(path)}`.replace(/: $/, ''), line, column, message };
}

function placeSyntaxProblems(file: string, parsed: ParsedYaml & { ok: false }): PlacedProblem[] {
  return parsed.problems.map(({ position: { line, column }, message }) => ({
    place: `${file}:${line}:${column}`,
    line,
    column,
    message,
  }));
}

/** `modes[1].scheduler` */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, depth) => (typeof key === 'number' ? `[${key}]` : `${depth > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

function refuse(file: string, problems: readonly PlacedProblem[]): UsageError {
  const all = [...new Set(problems.map(({ place, message }) => `${place}: ${message}`))];
  const lines = all.slice(0, MAX_SHOWN);
  if (all.length > MAX_SHOWN) lines.push(`... and ${all.length - MAX_SHOWN} more`);
  const remedy = 'put that right; scenarios/README.md says what each key means';
  if (lines.length === 1) return new UsageError(lines[0] ?? '', remedy);
  return new UsageError(`${all.length} problems with ${file}:\n  ${lines.join('\n  ')}`, remedy);
}
