import { badRequest } from './status-error.ts';

type Labels = Readonly<Record<string, string>>;

/** One term of a label selector. A key that is absent satisfies `not-in` and `absent`. */
type Requirement =
  | { readonly kind: 'in' | 'not-in'; readonly key: string; readonly values: ReadonlySet<string> }
  | { readonly kind: 'present' | 'absent'; readonly key: string };

/** Does an object with these labels belong? */
export type LabelMatcher = (labels: Labels) => boolean;

const KEY = `(?:[A-Za-z0-9.-]{1,253}/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?`;
const VALUE = `(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?`;
const EXISTS = new RegExp(String.raw`^(!?)\s*(${KEY})$`);
const EQUALS = new RegExp(String.raw`^(${KEY})\s*(==|=|!=)\s*(${VALUE})$`);
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const VALUE_ONLY = new RegExp(`^${VALUE}$`);

/** "a=b,c!=d,e in (f,g),!h" → matcher; "" matches everything. Throws a StatusError (400) for what Kubernetes would not take. */
export function parseLabelSelector(text: string): LabelMatcher {
  const requirements = splitTerms(text).map((term) => parseRequirement(term, text));
  return (labels) => requirements.every((requirement) => isSatisfied(requirement, labels));
}

/** Splits at commas outside parentheses. */
function splitTerms(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^()]*\))/).map((term) => term.trim());
}

function parseRequirement(term: string, selector: string): Requirement {
  const exists = EXISTS.exec(term);
  if (exists !== null) return { kind: exists[1] === '!' ? 'absent' : 'present', key: exists[2] ?? '' };
  const equals = EQUALS.exec(term);
  if (equals !== null) {
    return { kind: equals[2] === '!=' ? 'not-in' : 'in', key: equals[1] ?? '', values: new Set([equals[3] ?? '']) };
  }
  const set = SET.exec(term);
  const values = (set?.[3] ?? '').split(',').map((value) => value.trim());
  if (set === null || !values.every((value) => VALUE_ONLY.test(value))) {
    throw badRequest(`unable to parse requirement: "${term}" in label selector "${selector}"`);
  }
  return { kind: set[2] === 'in' ? 'in' : 'not-in', key: set[1] ?? '', values: new Set(values) };
}

function isSatisfied(requirement: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.kind) {
    case 'present':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && requirement.values.has(value);
    case 'not-in':
      return value === undefined || !requirement.values.has(value);
  }
}

/** One term of a field selector. */
export interface FieldTerm {
  readonly path: string;
  readonly value: string;
  readonly equal: boolean;
}

/** "metadata.name=a,spec.type!=b" → terms. Backslash escapes comma, equals sign and itself, as in Kubernetes. */
export function parseFieldSelector(text: string): FieldTerm[] {
  if (text === '') return [];
  const terms = text.match(/(?:\\.|[^\\,])+/gs) ?? [];
  return terms.map((term) => {
    const match = /^([A-Za-z][A-Za-z0-9.]*)(==|=|!=)((?:\\.|[^\\=])*)$/s.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    return { path: match[1] ?? '', value: (match[3] ?? '').replaceAll(/\\(.)/gs, '$1'), equal: match[2] !== '!=' };
  });
}
