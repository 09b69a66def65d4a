import { modeOf } from '../../mode/table.ts';
import type { DeadEndpoint } from '../../model/target.ts';
import { STATIC_PATH } from '../backend/nginx.ts';
import { SERVER_GATEWAY } from './addresses.ts';
import { probe } from './probe.ts';
import { type ProbeContext, setEndpoints } from './probes.ts';

const CONNECTIONS = 20;

/**
 * K8: the first target keeps one living endpoint and gets one where nobody listens (the server's node refuses the port), both listed as ready. A mode that asks another pod when the
 * first refuses answers every connection; one that leaves it at its choice loses about half. With 20 connections, all are answered by chance once in a million. `null` without a target.
 * Not tried where a removed endpoint stays listed until its connections are forgotten (ipvs): the tables would not be what the oracle says.
 */
export async function probeDeadEndpoint(context: ProbeContext): Promise<DeadEndpoint | null> {
  const [target] = context.table.targets;
  const [living] = context.backends;
  if (target === undefined || living === undefined || modeOf(context.mode).keepsRemovedEndpoints) return null;
  const point = (addresses: readonly string[]) => context.settled(setEndpoints(context, target, addresses).wallMs);
  await point([living.address, SERVER_GATEWAY]);
  const { answered } = await probe(context.exec, context.node.clientNamespace, {
    kind: 'connections',
    address: target.address,
    port: target.port,
    path: STATIC_PATH,
    count: CONNECTIONS,
    requestsEach: 1,
  });
  await point(context.backends.map((backend) => backend.address));
  return { listed: 2, dead: 1, connections: CONNECTIONS, answered };
}
