import {
  type BlockNode,
  type ChangeLatency,
  NO_PROGRAMMING,
  type Programming,
  type StandingNode,
} from '../model/target.ts';
import type { BehaviourData } from './behaviour/behaviour.ts';

/** What was found on a node once, by experiment. */
export type NodeFact =
  | { readonly id: 'programming'; readonly data: Programming }
  | { readonly id: 'change'; readonly data: ChangeLatency }
  | { readonly id: 'behaviour'; readonly data: BehaviourData };

/** A node with all that was found on it. */
export function withFacts(node: StandingNode, facts: readonly NodeFact[]): BlockNode {
  const behaviour = facts.flatMap((fact) => (fact.id === 'behaviour' ? [fact.data] : []));
  return {
    ...node,
    programming: facts.find((fact) => fact.id === 'programming')?.data ?? NO_PROGRAMMING,
    changes: facts.flatMap((fact) => (fact.id === 'change' ? [fact.data] : [])),
    ruleWalks: [],
    vipAnswersPing: null,
    reachability: [],
    deadEndpoint: null,
    ...Object.assign({}, ...behaviour),
  };
}
