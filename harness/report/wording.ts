import type { CpuClass } from '../model/counters.ts';
import type { Verdict } from '../model/findings.ts';

export const CPU_CLASS_NAMES: Readonly<Record<CpuClass, string>> = {
  user: 'user',
  system: 'system',
  irq: 'irq',
  softirq: 'softirq',
  steal: 'steal',
};

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  different: 'different',
  equivalent: 'equivalent',
  unsure: 'unsure',
};

/** A policy's id → words, capital first: "A new connection for each request". */
export function policyTitle(policyId: string): string {
  const words = policyPhrase(policyId);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A policy's id → words inside a sentence: "with …" fits before it. */
export function policyPhrase(policyId: string): string {
  if (policyId === 'per-request') return 'a new connection for each request';
  if (policyId === 'keepalive') return 'connections that stay open';
  const match = /^keepalive-([0-9]+)$/.exec(policyId);
  return match?.[1] === undefined ? policyId : `${match[1]} requests per connection`;
}

/** A spec's id → a table cell: "per request", "keepalive 100", "cold start". */
export function policyShort(spec: string): string {
  return spec.replaceAll('-', ' ');
}
