import type { LoadSpec } from '../model/load.ts';
import { splitPorts } from './client/local-ports.ts';

/** One client's part of a load that several share. */
export interface LoadShare {
  readonly spec: LoadSpec;
  /** How much later than the others it starts: with uniform arrivals the clients take turns instead of sending at the same instants. */
  readonly offsetMs: number;
}

/**
 * A specification for one client → for `clients` that share its rate evenly. Seeds differ (Poisson processes add up to one), and each client begins its
 * round at another target. Every client sends the nearest whole number of requests, so the sum may differ from the original by half a request per client.
 */
export function splitSpec(spec: LoadSpec, clients: number): readonly LoadShare[] {
  const ports = spec.localPorts === null ? [] : splitPorts(spec.localPorts, clients);
  return Array.from({ length: clients }, (_, index) => {
    const first = index % spec.targets.length;
    return {
      spec: {
        ...spec,
        rateRps: spec.rateRps / clients,
        targets: [...spec.targets.slice(first), ...spec.targets.slice(0, first)],
        localPorts: ports[index] ?? null,
        seed: spec.seed + index * 7919,
      },
      offsetMs: spec.arrivals === 'uniform' ? (index * 1000) / spec.rateRps : 0,
    };
  });
}
