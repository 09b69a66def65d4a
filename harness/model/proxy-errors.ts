import { z } from 'zod';

const ERROR_SEVERITIES = ['fatal', 'error', 'warning'] as const;

/** One kind of complaint of the measured kube-proxy: all that one place of its code (or one of its counters) reported, how often, and the first of them. */
export const proxyErrorsSchema = z.strictObject({
  severity: z.enum(ERROR_SEVERITIES),
  /** "proxier.go:991", or the metric that rose. */
  source: z.string(),
  count: z.int().min(1),
  /** As it was logged, in one line and cut; without its time. */
  example: z.string(),
});
export type ProxyErrors = z.infer<typeof proxyErrorsSchema>;

/** Several lots as one, the same kind once, the worst and then the most frequent first. */
export function mergeProxyErrors(lots: readonly (readonly ProxyErrors[])[]): readonly ProxyErrors[] {
  const kinds = new Map<string, ProxyErrors>();
  for (const one of lots.flat()) {
    const key = `${one.severity} ${one.source}`;
    const known = kinds.get(key);
    kinds.set(key, known === undefined ? one : { ...known, count: known.count + one.count });
  }
  const rank = ({ severity }: ProxyErrors) => ERROR_SEVERITIES.indexOf(severity);
  return [...kinds.values()].sort((one, other) => rank(one) - rank(other) || other.count - one.count);
}
