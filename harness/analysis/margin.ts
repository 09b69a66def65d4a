import type { Quantity } from '../model/findings.ts';
import type { Scenario } from '../model/scenario.ts';

/** The difference that does not matter yet: the larger of the two margins for times, cores for CPU. */
export function marginOf(quantity: Quantity, referenceValue: number, margins: Scenario['margins']): number {
  if (quantity.kind === 'cpu') return margins.cpuCores;
  const leastUs = quantity.metric === 'handshake' ? margins.handshakeUs : margins.rttUs;
  return Math.max(leastUs, margins.rttRatio * Math.abs(referenceValue));
}
