import { UsageError } from '../../errors.ts';
import { isAsked, type Quantity, type Unit } from '../../model/quantity.ts';

/** One `--fail-on` expression, parsed: the quantity, and how much more of it than the base run's is still allowed. */
export interface FailRule {
  readonly text: string;
  readonly quantity: Quantity;
  readonly threshold:
    | { readonly kind: 'ratio'; readonly ratio: number }
    | { readonly kind: 'absolute'; readonly value: number };
}

/** How a limit of a quantity may be written, and how many of the quantity's unit it is. */
const WORDS_OF: Readonly<Partial<Record<Unit, Readonly<Record<string, number>>>>> = {
  us: { us: 1, µs: 1, μs: 1, ms: 1000, s: 1_000_000 },
  ms: { ms: 1, s: 1000 },
  s: { s: 1 },
  cores: { cores: 1, core: 1 },
};

const FORM =
  'write METRIC.STATISTIC>THRESHOLD, for example rtt.p50>10%, handshake.p99>20us, cpu>0.1cores, programming>25%; several with commas';
const EXPRESSION = /^(?<word>[a-zA-Z][a-zA-Z0-9.-]*)>(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>%|[a-zµμ]+)$/u;

function refuse(text: string, problem: string): never {
  throw new UsageError(`--fail-on "${text}": ${problem}`, FORM);
}

/** By its id or another word for it. */
function findRuleQuantity(text: string, word: string, quantities: readonly Quantity[]): Quantity {
  const found = quantities.find(({ id, aliases }) => id === word || aliases.includes(word));
  if (found !== undefined) return found;
  const metric = word.split('.')[0] ?? word;
  const alike = quantities.filter(({ id, aliases }) => [id, ...aliases].some((one) => one.split('.')[0] === metric));
  const known = alike.length > 0 ? alike : quantities.filter((quantity) => isAsked(quantity, 'runs'));
  return refuse(
    text,
    `nothing is called "${word}"; there are ${known.map(({ id, aliases }) => aliases[0] ?? id).join(', ')}`,
  );
}

function parseThreshold(text: string, { unit, short }: Quantity, number: number, word: string): FailRule['threshold'] {
  if (word === '%') return { kind: 'ratio', ratio: number / 100 };
  const words = WORDS_OF[unit] ?? {};
  const factor = Object.hasOwn(words, word) ? words[word] : undefined;
  if (factor === undefined)
    return refuse(text, `${short} has no unit "${word}"; there are ${[...Object.keys(words), '%'].join(', ')}`);
  return { kind: 'absolute', value: number * factor };
}

function parseOne(text: string, quantities: readonly Quantity[]): FailRule {
  const groups = EXPRESSION.exec(text.replaceAll(/\s/g, ''))?.groups;
  if (groups === undefined) return refuse(text, 'not understood');
  const quantity = findRuleQuantity(text, groups.word ?? '', quantities);
  return { text, quantity, threshold: parseThreshold(text, quantity, Number(groups.number), groups.unit ?? '') };
}

/** Texts of `--fail-on` (each may hold several expressions, with commas) → rules. Throws `UsageError` with the form to write. */
export function parseFailOn(texts: readonly string[], quantities: readonly Quantity[]): FailRule[] {
  return texts.flatMap((text) => parseText(text, quantities));
}

function parseText(text: string, quantities: readonly Quantity[]): FailRule[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '')) return refuse(text, 'an expression is empty');
  return parts.map((part) => parseOne(part, quantities));
}
