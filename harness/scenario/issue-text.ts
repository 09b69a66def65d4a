import leven from 'leven';
import type { z } from 'zod';
import type { Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** What zod found → problems with a text for people, one per wrong key or value. */
export function toProblems(
  issues: readonly Issue[],
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  return issues.flatMap((issue) => toProblem(issue, [], keysAt));
}

function toProblem(
  issue: Issue,
  base: readonly PropertyKey[],
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key${key === '<<' ? ' (YAML 1.2 has no merge keys): write the keys out' : suggestion(key, keysAt(path))}`,
    }));
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch !== null) return branch.flatMap((inner) => toProblem(inner, path, keysAt));
    if (issue.input === undefined) return [{ path, message: 'is missing' }];
    return [
      {
        path,
        message: issue.message === 'Invalid input' ? `must not be ${describeInput(issue.input)}` : withInput(issue),
      },
    ];
  }
  return [{ path, message: describe(issue) }];
}

/** The branch of a union that was meant: the one that did not fail on the very type of the value. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const wrongType = (issue: Issue) => issue.path.length === 0 && issue.code === 'invalid_type';
  const meant = branches.filter((branch) => !branch.some(wrongType));
  // An enumeration fails with the same code for 7 as for "seven": it is meant only when no other branch is.
  return (
    meant.find((branch) => branch.some((issue) => issue.path.length > 0 || issue.code !== 'invalid_value')) ??
    meant[0] ??
    null
  );
}

function describe(issue: Issue): string {
  if (issue.code === 'invalid_value') return describeChoice(issue.input, issue.values.map(String));
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) {
    return issue.input === undefined ? issue.message : withInput(issue);
  }
  if (issue.input === undefined) return 'is missing';
  return `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}, not ${describeInput(issue.input)}`;
}

function withInput(issue: Issue): string {
  const isShown = typeof issue.input === 'number' || typeof issue.input === 'string';
  // A custom check's input is a value in other units already; the word that was written is at the place that the message names.
  const isWritten = issue.code !== 'custom' && issue.message.startsWith('must');
  return isShown && isWritten ? `${issue.message}, not ${describeInput(issue.input)}` : issue.message;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'keys with values',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

function describeChoice(input: unknown, choices: readonly string[]): string {
  if (input === undefined) return `is missing: one of ${choices.join(', ')}`;
  const hint = typeof input === 'string' ? suggestion(input, choices) : '';
  return `${describeInput(input)} is none of ${choices.join(', ')}${hint}`;
}

function describeInput(input: unknown): string {
  if (input === null || input === undefined) return 'empty';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'keys with values';
  const text = String(input);
  return typeof input === 'string' ? JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text) : text;
}

/** "; did you mean x?" for the nearest choice, if one is near: two letters or a third of them may differ, one in a short word. */
export function suggestion(word: string, choices: readonly string[]): string {
  const ranked = choices
    .map((choice) => ({ choice, distance: leven(word.toLowerCase().slice(0, 100), choice.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined || best.distance > reach(best.choice.length)) return '';
  return `; did you mean ${best.choice}?`;
}

function reach(letters: number): number {
  return letters < 4 ? 1 : Math.max(2, Math.floor(letters / 3));
}
