import { parseAst } from 'vitest/node';

/** An assertion that passes whatever the program does. */
export interface VoidAssertion {
  readonly line: number;
  readonly why: string;
}

/** A node of the syntax tree (ESTree); what it has besides depends on its type. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

type Rule = (node: Node, file: readonly Node[]) => string | null;

/** Assertions of a test file that cannot fail, by their form: what depends on types or on values at run time is not seen. */
export function findVoidAssertions(text: string): readonly VoidAssertion[] {
  const nodes = listNodes(parseAst(text, { lang: 'ts' }));
  return nodes.flatMap((node) =>
    RULES.flatMap((rule) => {
      const why = rule(node, nodes);
      return why === null ? [] : [{ line: text.slice(0, node.start).split('\n').length, why }];
    }),
  );
}

const RULES: readonly Rule[] = [
  matchesAnyValue,
  matchesAnyText,
  isNoAssertion,
  isNotAwaited,
  isSkippedWithoutFailure,
  isAboutNothing,
  hidesOthers,
];

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flat().filter(isNode);
}

function listNodes(value: unknown): readonly Node[] {
  return isNode(value) ? [value, ...childrenOf(value).flatMap(listNodes)] : [];
}

/** `toMatchObject` of `expect(x).not.toMatchObject(…)`; '' for what is no call of a member. */
function calledMember(node: unknown): string {
  if (!isNode(node) || node.type !== 'CallExpression' || !isNode(node.callee)) return '';
  const { property } = node.callee;
  return isNode(property) && typeof property.name === 'string' ? property.name : '';
}

function argumentsOf(node: Node): readonly Node[] {
  return Array.isArray(node.arguments) ? node.arguments.filter(isNode) : [];
}

/** Names from `expect` on: `expect(x).rejects.toThrow` → ['expect', 'rejects', 'toThrow']; empty when it begins with another word. */
function chainOf(node: unknown): readonly string[] {
  if (!isNode(node)) return [];
  if (node.type === 'CallExpression') return chainOf(node.callee);
  if (node.type === 'Identifier') return node.name === 'expect' ? ['expect'] : [];
  if (node.type !== 'MemberExpression' || !isNode(node.property)) return [];
  const before = chainOf(node.object);
  return before.length === 0 ? [] : [...before, String(node.property.name)];
}

const holdsExpect = (node: Node) =>
  listNodes(node).some((one) => one.type === 'CallExpression' && chainOf(one).length > 0);

/** The value of a name that is in the same file. */
function resolved(node: Node, file: readonly Node[]): Node {
  if (node.type !== 'Identifier') return node;
  const declared = file.find(
    ({ type, id }) => type === 'VariableDeclarator' && isNode(id) && id.name === node.name,
  )?.init;
  return isNode(declared) ? declared : node;
}

/** toMatchObject compares the own keys of what is expected, and a RegExp, an instance and `{}` have none. */
function matchesAnyValue(node: Node, file: readonly Node[]): string | null {
  if (calledMember(node) !== 'toMatchObject') return null;
  const without = (value: Node): boolean => {
    const real = resolved(value, file);
    if (real.type === 'ObjectExpression') {
      const members = childrenOf(real);
      return members.length === 0 || members.some((member) => isNode(member.value) && without(member.value));
    }
    if (real.type === 'ArrayExpression') return childrenOf(real).some(without);
    return real.type === 'NewExpression' || (real.type === 'Literal' && isNodeWithRegex(real));
  };
  return argumentsOf(node).some(without)
    ? 'toMatchObject takes any value for a RegExp, an instance or {}: take expect.stringMatching(…) or toEqual'
    : null;
}

function isNodeWithRegex(node: Node): boolean {
  return typeof node.regex === 'object' && node.regex !== null;
}

const TEXT_MATCHERS = new Set([
  'toMatch',
  'toContain',
  'toThrow',
  'toThrowError',
  'stringContaining',
  'stringMatching',
]);

function matchesAnyText(node: Node): string | null {
  if (!TEXT_MATCHERS.has(calledMember(node)) || chainOf(node).includes('not')) return null;
  const [pattern] = argumentsOf(node);
  if (pattern?.type !== 'Literal') return null;
  if (pattern.value === '') return 'every text holds the empty one';
  const { value } = pattern;
  return value instanceof RegExp && value.test('') && value.test('\u0001\u0002') ? 'the pattern fits every text' : null;
}

/** `expect(x);`, `expect(x).not;`, `expect(x).toBeNull;` */
function isNoAssertion(node: Node): string | null {
  if (node.type !== 'ExpressionStatement' || !isNode(node.expression)) return null;
  const { expression } = node;
  const chain = chainOf(expression);
  if (chain.length === 0) return null;
  return expression.type === 'MemberExpression' || chain.length === 1
    ? 'nothing is asserted: no matcher is called'
    : null;
}

const LATER = new Set(['rejects', 'resolves', 'poll']);

function isNotAwaited(node: Node): string | null {
  const isStatement =
    node.type === 'ExpressionStatement' || (node.type === 'UnaryExpression' && node.operator === 'void');
  const inner = isStatement ? (node.expression ?? node.argument) : null;
  if (chainOf(inner).some((name) => LATER.has(name))) return 'nobody awaits it';
  if (calledMember(node) !== 'forEach') return null;
  const isLate = (one: Node) => one.async === true || chainOf(one).some((name) => LATER.has(name));
  return argumentsOf(node).some((one) => holdsExpect(one) && listNodes(one).some(isLate))
    ? 'forEach awaits nothing: take for … of'
    : null;
}

/** What is only asserted when something was thrown is not asserted when nothing was. */
function isSkippedWithoutFailure(node: Node): string | null {
  const why = 'nothing is asserted when nothing is thrown: take expect(…).rejects or toThrow';
  if (calledMember(node) === 'catch' && argumentsOf(node).some(holdsExpect)) return why;
  if (node.type !== 'TryStatement' || !isNode(node.handler) || !holdsExpect(node.handler)) return null;
  const ends = (one: Node) => one.type === 'ThrowStatement' || /unreachable|fail/.test(chainOf(one).join('.'));
  return isNode(node.block) && listNodes(node.block).some(ends) ? null : why;
}

/** A constant held against itself, a length that is not negative, an async function that is asked whether it throws. */
function isAboutNothing(node: Node): string | null {
  const matcher = calledMember(node);
  const chain = chainOf(node);
  if (matcher === '' || chain[0] !== 'expect' || !isNode(node.callee)) return null;
  const subject = listNodes(node.callee).find((one) => one.type === 'CallExpression' && chainOf(one).length === 1);
  const [of] = subject === undefined ? [] : argumentsOf(subject);
  const [expected] = argumentsOf(node);
  if (of === undefined) return null;
  if (of.type === 'Literal' && expected?.type === 'Literal' && matcher.startsWith('to'))
    return 'a constant is held against a constant';
  if (/^toThrow/.test(matcher) && of.async === true && !chain.some((name) => LATER.has(name)))
    return 'an async function never throws: take rejects';
  const isLength =
    of.type === 'MemberExpression' && isNode(of.property) && /^(length|size)$/.test(String(of.property.name));
  return matcher === 'toBeGreaterThanOrEqual' && isLength && expected?.value === 0 ? 'no length is negative' : null;
}

function hidesOthers(node: Node): string | null {
  if (calledMember(node) !== 'only' || !isNode(node.callee) || !isNode(node.callee.object)) return null;
  return /^(test|it|describe)$/.test(String(node.callee.object.name)) ? 'only: the other tests do not run' : null;
}
