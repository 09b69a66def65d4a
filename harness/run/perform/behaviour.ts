import type { Behaviour, BehaviourData } from '../../experiment/behaviour/behaviour.ts';
import { countRuleWalk } from '../../mode/iptables/rule-walk.ts';
import { isFloor, modeOf } from '../../mode/table.ts';
import type { RuleWalk } from '../../model/target.ts';
import type { MeasuredNode } from '../../testbed/node.ts';
import { CHANGE_DEADLINE_MS } from './change.ts';
import type { PerformOnce } from './perform.ts';

/** Probes of a node, each once; they leave nothing behind. */
export const performBehaviour: PerformOnce<BehaviourData> = async (node, spec) => {
  if (isFloor(node.mode) || node.loadTargets.length === 0) return null;
  return PROBES[spec as Behaviour](node);
};

const PROBES: Readonly<Record<Behaviour, (node: MeasuredNode) => Promise<BehaviourData | null>>> = {
  'rule-walks': probeRuleWalks,
  'dead-endpoint': probeDeadEndpoint,
  ping: probePing,
  reachability: probeReachability,
};

const WALK_CONNECTIONS = 20;

/** Requests on each connection to the first target: were they to meet the rules, these would have matched ten times as often (S14). */
const REQUESTS_TO_FIRST = 10;

/** S9 and S14: rules per new connection at the first, middle and last target, counted from the kernel's own counters. A dump of them takes seconds at 10,000 Services. */
async function probeRuleWalks({
  mode,
  loadTargets: targets,
  instruments,
  prober,
}: MeasuredNode): Promise<BehaviourData | null> {
  if (!modeOf(mode).rulesHaveOrder || instruments.ruleCounters === undefined || prober.countAnswered === undefined)
    return null;
  const picked = [...new Set([targets[0], targets[Math.floor(targets.length / 2)], targets.at(-1)])].filter(
    (one) => one !== undefined,
  );
  const ruleWalks: RuleWalk[] = [];
  let before = await instruments.ruleCounters(targets);
  for (const [index, target] of picked.entries()) {
    const requests = await prober.countAnswered(target, {
      connections: WALK_CONNECTIONS,
      requestsEach: index === 0 ? REQUESTS_TO_FIRST : 1,
    });
    const after = await instruments.ruleCounters(targets);
    const outcome = countRuleWalk({ before, after, target, connections: WALK_CONNECTIONS, requests });
    if (outcome.kind === 'counted') ruleWalks.push(outcome.walk);
    before = after;
  }
  return { ruleWalks };
}

const DEAD_ENDPOINT_CONNECTIONS = 20;

/**
 * K8: the first target keeps one living endpoint and gets one where nobody listens, both listed as ready. A mode that asks another pod when the
 * first refuses answers every connection; one that leaves it at its choice loses about half. With 20 connections, all are answered by chance once in a million.
 * Not tried where a removed endpoint stays listed until its connections are forgotten (ipvs): the tables would not be what the oracle says.
 */
async function probeDeadEndpoint(node: MeasuredNode): Promise<BehaviourData | null> {
  const { services, prober } = node;
  const [target] = node.loadTargets;
  const [living] = services?.backends ?? [];
  if (services === null || target === undefined || living === undefined || prober.countAnswered === undefined)
    return null;
  if (modeOf(node.mode).keepsRemovedEndpoints) return null;
  services.setEndpoints(target.id, [living, services.refusingAddress]);
  await node.waitUntilSettled(CHANGE_DEADLINE_MS);
  const connections = DEAD_ENDPOINT_CONNECTIONS;
  const answered = await prober.countAnswered(target, { connections, requestsEach: 1 });
  services.setEndpoints(target.id, services.backends);
  await node.waitUntilSettled(CHANGE_DEADLINE_MS);
  // What conntrack remembers of an address that nobody served would lead later connections astray.
  await prober.forgetConnections?.();
  return { deadEndpoint: { listed: 2, dead: 1, connections, answered } };
}

/** K3: does a ClusterIP answer ping? */
async function probePing({ loadTargets: [target], prober }: MeasuredNode): Promise<BehaviourData | null> {
  const vipAnswersPing = target === undefined ? null : await prober.ping(target.address);
  return vipAnswersPing === null ? null : { vipAnswersPing };
}

/** K11: a ClusterIP from a pod and from the node, the NodePort from outside (a machine without rules). */
async function probeReachability({ loadTargets: [target], prober }: MeasuredNode): Promise<BehaviourData | null> {
  if (target === undefined) return null;
  const asked = [
    { what: 'clusterip-from-pod', answered: await prober.answers('pod', target) },
    { what: 'clusterip-from-node', answered: await prober.answers('node', target) },
    { what: 'nodeport-from-outside', answered: await prober.answers('outside', target) },
  ] as const;
  return { reachability: asked.flatMap(({ what, answered }) => (answered === null ? [] : [{ what, answered }])) };
}
