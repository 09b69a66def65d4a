import type { Scenario } from '../../model/scenario.ts';

/**
 * The quantity by which a run decides how long it goes on: the median of the handshake on the wire where each request has its connection (of the client's
 * connect when nothing is captured), of the whole request where connections are kept.
 */
export function decidingQuantity({ measure }: Pick<Scenario, 'measure'>, spec: string): string {
  if (spec !== 'per-request') return 'total.p50';
  return measure.wire ? 'handshake.p50' : 'connect.p50';
}
