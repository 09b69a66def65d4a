import type { Scenario } from '../../model/scenario.ts';

/** A median of fewer requests than this is a guess about one of them. */
const LEAST_REQUESTS = 20;

/** Why a trial of this load would hold too few requests to take a median of, and what would give enough; `null` where it holds enough. */
export function findTooFewRequests({ engine, rateRps, durationMs }: Scenario['load']): string | null {
  // autocannon sends as fast as it is answered.
  if (engine === 'autocannon') return null;
  const requests = (rateRps * durationMs) / 1000;
  if (requests >= LEAST_REQUESTS) return null;
  const enoughS = Math.ceil(LEAST_REQUESTS / rateRps);
  const enoughRps = Math.ceil((LEAST_REQUESTS * 1000) / durationMs);
  const held = requests < 1 ? 'not one request' : `about ${Math.floor(requests)} request${requests < 2 ? '' : 's'}`;
  const longer = enoughS <= 24 * 3600 ? `--duration ${enoughS}s, or ` : '';
  return `${Number(rateRps.toPrecision(3))} requests/s for ${durationMs / 1000} s: a trial would hold ${held}, and a median needs ${LEAST_REQUESTS}: ${longer}--rate ${enoughRps}/s`;
}

/** Why clients would have nothing to send, and how many would; `null` where each sends something in every trial. */
export function findIdleClients({ engine, rateRps, durationMs, clients }: Scenario['load']): string | null {
  const requests = Math.floor((rateRps * durationMs) / 1000);
  if (engine === 'autocannon' || clients <= requests) return null;
  return `${clients} clients share ${requests} requests of a trial, and some would send none: --clients ${Math.max(requests, 1)} or fewer, or more requests (--rate, --duration)`;
}
