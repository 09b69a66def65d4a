import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../kubernetes/apiserver/store.ts';
import type { ServiceTable, ServiceTarget } from '../../kubernetes/objects/service-table.ts';
import { readClocks } from '../../load/clocks.ts';
import { systemLines } from '../../measure/tables/line-source.ts';
import { linesOf } from '../../measure/tables/read-tables.ts';
import type { CounterDump } from '../../mode/iptables/counters.ts';
import { countRuleWalk } from '../../mode/iptables/rule-walk.ts';
import { loadIptablesCounters } from '../../mode/iptables/tables.ts';
import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import type { BlockNode, ChangeLatency, RuleWalk } from '../../model/target.ts';
import type { Exec } from '../../system/exec.ts';
import { patientMs } from '../../system/patience.ts';
import { STATIC_PATH } from '../backend/nginx.ts';
import { type BackendAddress, type NodeAddresses, SERVER_NAMESPACE } from './addresses.ts';
import { changeEndpoints, NODE_PORT } from './cluster-table.ts';
import { inNamespace } from './namespaces.ts';
import { probe } from './probe.ts';

/** Everything a probe of one node needs. */
export interface ProbeContext {
  readonly exec: Exec;
  readonly node: NodeAddresses;
  readonly mode: Mode;
  readonly table: ServiceTable;
  readonly store: Store;
  readonly backends: readonly BackendAddress[];
  readonly signal: AbortSignal;
  /** Resolves when kube-proxy has taken up the change of that time (Unix ms) and has nothing left to do. */
  readonly settled: (changedAtMs: number) => Promise<void>;
}

/** K11: a ClusterIP from a pod and from the node, the NodePort from outside (the server's node, which has no rules). */
export async function probeReachability({ exec, node, table }: ProbeContext): Promise<BlockNode['reachability']> {
  const [target] = table.targets;
  if (target === undefined) return [];
  const ask = async (namespace: string, address: string, port: number) => {
    const targets = [{ id: target.id, address, port }];
    return (
      (await probe(exec, namespace, { kind: 'answers', path: STATIC_PATH, timeoutMs: patientMs(2000), targets }))
        .failures.length === 0
    );
  };
  return [
    { what: 'clusterip-from-pod', answered: await ask(node.clientNamespace, target.address, target.port) },
    { what: 'clusterip-from-node', answered: await ask(node.nodeNamespace, target.address, target.port) },
    { what: 'nodeport-from-outside', answered: await ask(SERVER_NAMESPACE, node.nodeAddress, NODE_PORT) },
  ];
}

const WALK_CONNECTIONS = 20;

/** Requests on each connection to the first target: were they to meet the rules, these would have matched ten times as often (S14). */
const REQUESTS_TO_FIRST = 10;

/** S9 and S14: rules per new connection at the first, middle and last target, counted from the kernel's own counters. A dump of them takes seconds at 10,000 Services. */
export async function probeRuleWalks(context: ProbeContext): Promise<RuleWalk[]> {
  if (!modeOf(context.mode).rulesHaveOrder) return [];
  const { targets } = context.table;
  const picked = [...new Set([targets[0], targets[Math.floor(targets.length / 2)], targets.at(-1)])].filter(
    (one) => one !== undefined,
  );
  const walks: RuleWalk[] = [];
  let before = await dumpCounters(context);
  for (const [index, target] of picked.entries()) {
    const { answered } = await probe(context.exec, context.node.clientNamespace, {
      kind: 'connections',
      address: target.address,
      port: target.port,
      path: STATIC_PATH,
      count: WALK_CONNECTIONS,
      requestsEach: index === 0 ? REQUESTS_TO_FIRST : 1,
    });
    const after = await dumpCounters(context);
    const outcome = countRuleWalk({ before, after, target, connections: WALK_CONNECTIONS, requests: answered });
    if (outcome.kind === 'counted') walks.push(outcome.walk);
    before = after;
  }
  return walks;
}

function dumpCounters({ mode, node, table, signal }: ProbeContext): Promise<CounterDump> {
  const backend = modeOf(mode).iptables?.flavour ?? 'nft';
  const access = { lines: systemLines, commandPrefix: inNamespace(node.nodeNamespace), signal };
  return loadIptablesCounters(
    linesOf(access),
    backend,
    table.targets.map((target) => `${target.address}:${target.port}`),
  );
}

const CHANGE_DEADLINE_MS = 120_000;

/**
 * K7: from the write into the API to the first connection that the changed rules carry. The first target loses all its endpoints (its connections are
 * refused then), kube-proxy settles, the endpoints come back: the clock runs from that write to the first connect that works.
 */
export async function probeChanges(context: ProbeContext): Promise<ChangeLatency[]> {
  const [target] = context.table.targets;
  if (target === undefined) return [];
  await context.settled(setEndpoints(context, target, []).wallMs);
  const waiting = probe(context.exec, context.node.clientNamespace, {
    kind: 'until-connected',
    address: target.address,
    port: target.port,
    deadlineMs: CHANGE_DEADLINE_MS,
  });
  // The probe's own start-up must be over before the write, or it would be counted.
  await sleep(patientMs(400));
  const written = setEndpoints(
    context,
    target,
    context.backends.map((backend) => backend.address),
  );
  const { connectedAtMs } = await waiting;
  await context.settled(written.wallMs);
  const writtenAtMs = written.monotonicMs + processStartMs();
  if (connectedAtMs === null || connectedAtMs < writtenAtMs) return [];
  return [{ kind: 'endpoints-changed', apiWriteToFirstConnectionMs: connectedAtMs - writtenAtMs }];
}

/** By CLOCK_MONOTONIC, which performance.now() counts from this process's start. */
function processStartMs(): number {
  return readClocks().monotonicMs - performance.now();
}

/** Points a target at these addresses, now. */
export function setEndpoints({ store }: ProbeContext, target: ServiceTarget, addresses: readonly string[]) {
  return changeEndpoints(store, { namespace: target.namespace, serviceName: target.id, addresses });
}

/** Does every target answer from the client's namespace? The ids that do not, with why. */
export async function findSilentTargets(exec: Exec, node: NodeAddresses, table: ServiceTable): Promise<string | null> {
  const { failures } = await probe(exec, node.clientNamespace, {
    kind: 'answers',
    path: STATIC_PATH,
    timeoutMs: patientMs(2000),
    targets: table.targets,
  });
  const [first] = failures;
  return first === undefined
    ? null
    : `${failures.length} of ${table.targets.length} targets do not answer (${first.id}: ${first.why})`;
}
