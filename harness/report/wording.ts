import { unreachable } from '../errors.ts';
import type { ComparedQuantity } from '../model/comparison.ts';
import type { CpuClass, ProcessGroup } from '../model/counters.ts';
import type { Metric, Statistic, Verdict } from '../model/findings.ts';

/** What the page calls each time, short enough for a table's head. */
export const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  handshake: 'handshake on the wire',
  connect: 'connect',
  firstByte: 'first byte',
  total: 'total',
  connectedToFirstByte: 'connected to first byte',
  totalFromDue: 'total, from due',
  lateness: 'lateness of the client',
};

/** Said once on the page, under "How it was measured". */
export const METRIC_MEANINGS: Readonly<Record<Metric, string>> = {
  handshake:
    "From the first SYN to its SYN/ACK, captured at the client's network interface. The kernel's own time for a new connection's first packet; the client program has no part in it.",
  connect: 'What the client program saw from connect() to the event that says the connection stands.',
  firstByte: "From sending (connecting included, where a connection had to be made) to the answer's first byte.",
  total: "From sending to the answer's last byte: the round-trip time that an application feels.",
  connectedToFirstByte: 'First byte less connect, per request. A mean only, because quantiles do not subtract.',
  totalFromDue: 'Total, counted from when the request was due, and so free of coordinated omission.',
  lateness: 'How late the client itself sent: sent less due.',
};

export const STATISTIC_NAMES: Readonly<Record<Statistic, string>> = {
  mean: 'mean',
  p01: 'p01',
  p50: 'median',
  p90: 'p90',
  p99: 'p99',
  'p99.9': 'p99.9',
};

export const CPU_CLASS_NAMES: Readonly<Record<CpuClass, string>> = {
  user: 'user',
  system: 'system',
  irq: 'irq',
  softirq: 'softirq',
  steal: 'steal',
};

export const GROUP_NAMES: Readonly<Record<ProcessGroup, string>> = {
  'kube-proxy': 'kube-proxy and its children',
  nginx: 'NGINX',
  client: 'load client',
  capture: 'packet capture',
  harness: 'harness',
  'client-node': "client's node (its container)",
  'server-node': "servers' node (its container)",
  'control-plane': 'control plane (its container)',
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

/** A policy's id → a table cell: "per request", "keepalive 100". */
export function policyShort(policyId: string): string {
  return policyId === 'per-request' || policyId.startsWith('keepalive') ? policyId.replaceAll('-', ' ') : policyId;
}

/** A quantity → a table cell: "handshake p50", "CPU". */
export function quantityShort(quantity: ComparedQuantity): string {
  if (quantity.kind === 'cpu') return 'CPU over idle';
  if (quantity.kind === 'programming') return 'programming';
  const metric = quantity.metric === 'handshake' ? 'handshake' : METRIC_NAMES[quantity.metric];
  return `${metric} ${quantity.statistic}`;
}

/** "median handshake on the wire", "CPU over idle". */
export function quantityName(quantity: ComparedQuantity): string {
  if (quantity.kind === 'cpu') return 'CPU over idle';
  if (quantity.kind === 'programming') return 'programming time';
  if (quantity.kind === 'time') return `${STATISTIC_NAMES[quantity.statistic]} ${METRIC_NAMES[quantity.metric]}`;
  return unreachable(quantity);
}
