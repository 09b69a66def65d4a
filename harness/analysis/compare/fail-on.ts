import { UsageError } from '../../errors.ts';
import type { ComparedCell, ComparedQuantity } from '../../model/comparison.ts';
import { type Metric, STATISTICS, type Statistic } from '../../model/findings.ts';

/** One `--fail-on` expression, parsed: the quantity, and how much more of it than the base run's is still allowed. */
export interface FailRule {
  readonly text: string;
  readonly quantity: ComparedQuantity;
  readonly threshold:
    | { readonly kind: 'ratio'; readonly ratio: number }
    | { readonly kind: 'absolute'; readonly value: number; readonly unit: ComparedCell['unit'] };
}

const METRIC_OF: Readonly<Record<string, Metric>> = { rtt: 'total', connect: 'connect', handshake: 'handshake' };
const US_PER: Readonly<Record<string, number>> = { us: 1, µs: 1, μs: 1, ms: 1000, s: 1_000_000 };
const MS_PER: Readonly<Record<string, number>> = { ms: 1, s: 1000 };

const FORM =
  'write METRIC.STATISTIC>THRESHOLD, for example rtt.p50>10%, handshake.p99>20us, cpu>0.1cores, programming>25%; several with commas';
const EXPRESSION =
  /^(?<metric>[a-z]+)(?:\.(?<statistic>[a-z0-9.]+))?>(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>%|[a-zµμ]+)$/u;

function refuse(text: string, problem: string): never {
  throw new UsageError(`--fail-on "${text}": ${problem}`, FORM);
}

function parseStatistic(text: string, statistic: string | undefined): Statistic {
  const found = STATISTICS.find((one) => one === (statistic ?? 'p50'));
  return found ?? refuse(text, `no statistic "${statistic}"; there are ${STATISTICS.join(', ')}`);
}

function parseQuantity(text: string, metric: string, statistic: string | undefined): ComparedQuantity {
  const timed = Object.hasOwn(METRIC_OF, metric) ? METRIC_OF[metric] : undefined;
  if (timed !== undefined) return { kind: 'time', metric: timed, statistic: parseStatistic(text, statistic) };
  if (metric !== 'cpu' && metric !== 'programming') {
    return refuse(text, `no metric "${metric}"; there are rtt, connect, handshake, cpu, programming`);
  }
  if (statistic !== undefined) return refuse(text, `${metric} has no statistic`);
  return { kind: metric };
}

function parseThreshold(text: string, quantity: ComparedQuantity, number: number, unit: string): FailRule['threshold'] {
  if (unit === '%') return { kind: 'ratio', ratio: number / 100 };
  if (quantity.kind === 'cpu') {
    return unit === 'cores' || unit === 'core'
      ? { kind: 'absolute', value: number, unit: 'cores' }
      : refuse(text, 'cpu is measured in cores or %');
  }
  const factors = quantity.kind === 'time' ? US_PER : MS_PER;
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  if (factor === undefined)
    return refuse(text, `no unit "${unit}"; there are ${Object.keys(factors).join(', ')} and %`);
  return { kind: 'absolute', value: number * factor, unit: quantity.kind === 'time' ? 'us' : 'ms' };
}

function parseOne(text: string): FailRule {
  const groups = EXPRESSION.exec(text.replaceAll(/\s/g, ''))?.groups;
  if (groups === undefined) return refuse(text, 'not understood');
  const quantity = parseQuantity(text, groups.metric ?? '', groups.statistic);
  return { text, quantity, threshold: parseThreshold(text, quantity, Number(groups.number), groups.unit ?? '') };
}

/** Texts of `--fail-on` (each may hold several expressions, with commas) → rules. Throws `UsageError` with the form to write. */
export function parseFailOn(texts: readonly string[]): FailRule[] {
  return texts.flatMap(parseText);
}

function parseText(text: string): FailRule[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '')) return refuse(text, 'an expression is empty');
  return parts.map(parseOne);
}
