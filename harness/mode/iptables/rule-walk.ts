import type { RuleWalk } from '../../model/target.ts';
import type { CountedRule, CounterDump } from './counters.ts';

/** Targets after which no further rule of table nat sees the packet. */
const FINAL = new Set([
  'ACCEPT',
  'DROP',
  'REJECT',
  'DNAT',
  'SNAT',
  'MASQUERADE',
  'REDIRECT',
  'NETMAP',
  'QUEUE',
  'NFQUEUE',
]);

/** Why a walk could not be counted, in place of a number. */
export type RuleWalkOutcome =
  | { readonly kind: 'counted'; readonly walk: RuleWalk }
  | { readonly kind: 'uncounted'; readonly why: string };

export interface RuleWalkOptions {
  readonly before: CounterDump;
  readonly after: CounterDump;
  readonly target: { readonly id: string; readonly address: string; readonly port: number };
  /** New connections to the target, and requests on them, between the two dumps. */
  readonly connections: number;
  readonly requests: number;
}

/** A chain's traversals between the dumps: how many packets came in, rules they met, and packets whose fate was sealed in it. */
interface Traversal {
  readonly entries: number;
  readonly evaluations: number;
  readonly final: number;
}

/** Increases of a chain's counters; `null` when the chain was rewritten in between (counters fall, or rules came or went). */
function increases(
  before: readonly CountedRule[] | undefined,
  after: readonly CountedRule[],
): readonly CountedRule[] | null {
  if (before !== undefined && before.length !== after.length) return null;
  const rules = after.map((rule, index) => ({ ...rule, packets: rule.packets - (before?.[index]?.packets ?? 0) }));
  const rewritten = rules.some(
    (rule, index) => rule.packets < 0 || (before !== undefined && before[index]?.target !== rule.target),
  );
  return rewritten ? null : rules;
}

class Walks {
  readonly #chains: ReadonlyMap<string, readonly CountedRule[]>;
  readonly #policies: ReadonlyMap<string, number>;
  readonly #known = new Map<string, Traversal>();
  readonly #entries = new Map<string, number>();

  constructor(chains: ReadonlyMap<string, readonly CountedRule[]>, policies: ReadonlyMap<string, number>) {
    this.#chains = chains;
    this.#policies = policies;
    for (const { target, packets } of [...chains.values()].flat()) {
      if (target !== null) this.#entries.set(target, (this.#entries.get(target) ?? 0) + packets);
    }
  }

  rules(chain: string): readonly CountedRule[] {
    return this.#chains.get(chain) ?? [];
  }

  /** Rules that one packet meets in a chain and in those it leads to, on average; 0 for a chain that none entered. */
  rulesPerPacket(chain: string): number {
    const { entries, evaluations } = this.traverse(chain);
    if (entries === 0) return 0;
    const below = this.rules(chain).reduce(
      (sum, { target, packets }) => sum + packets * this.rulesPerPacket(target ?? ''),
      0,
    );
    return (evaluations + below) / entries;
  }

  traverse(chain: string): Traversal {
    const known = this.#known.get(chain);
    if (known !== undefined) return known;
    const traversal = this.#countTraversal(chain);
    this.#known.set(chain, traversal);
    return traversal;
  }

  #countTraversal(chain: string): Traversal {
    const leaves = this.rules(chain).map((rule) => this.#leaving(rule));
    const entries = this.#entries.get(chain) ?? this.#arrivals(chain, leaves);
    let present = entries;
    let evaluations = 0;
    let final = 0;
    for (const leave of leaves) {
      evaluations += present;
      present -= leave.all;
      final += leave.final;
    }
    return { entries, evaluations, final };
  }

  /** Packets that a rule takes out of its chain: for good (`final`), or back to where they came from as well (`all`). */
  #leaving(rule: CountedRule): { readonly all: number; readonly final: number } {
    if (rule.target === 'RETURN') return { all: rule.packets, final: 0 };
    if (rule.target !== null && FINAL.has(rule.target)) return { all: rule.packets, final: rule.packets };
    if (rule.target === null || rule.packets === 0 || !this.#chains.has(rule.target)) return { all: 0, final: 0 };
    const { entries, final } = this.traverse(rule.target);
    const finalHere = entries === 0 ? 0 : (rule.packets * final) / entries;
    return { all: rule.goto ? rule.packets : finalHere, final: finalHere };
  }

  /**
   * Packets that came into a built-in chain. The policy's counter says it (legacy); iptables-nft has none, there the rule that matched most
   * is the measure: exact when one rule takes every packet, as kube-proxy's jumps do.
   */
  #arrivals(chain: string, leaves: readonly { readonly all: number }[]): number {
    const policy = this.#policies.get(chain) ?? 0;
    let left = 0;
    let most = 0;
    this.rules(chain).forEach((rule, index) => {
      most = Math.max(most, left + rule.packets);
      left += leaves[index]?.all ?? 0;
    });
    return Math.max(most, left + policy);
  }
}

function policyIncreases(before: CounterDump, after: CounterDump): Map<string, number> {
  return new Map([...after.policies].map(([chain, packets]) => [chain, packets - (before.policies.get(chain) ?? 0)]));
}

/** Rules from a built-in chain's head to its jump into KUBE-SERVICES; `null` when it has none that matched. */
function rulesToServices(walks: Walks, builtIn: string): number | null {
  const index = walks.rules(builtIn).findIndex(({ target, packets }) => target === 'KUBE-SERVICES' && packets > 0);
  return index < 0 ? null : index + 1;
}

/**
 * Rules of table nat that the kernel evaluated per new connection to one target, from two dumps of its counters.
 * The kernel counts matches only, not evaluations: a rule's counter grows when all its conditions hold. A chain is walked from its
 * head to the rule that ends the walk, so the evaluations follow from the position of the match in every chain entered:
 * PREROUTING (or OUTPUT) up to its jump; KUBE-SERVICES up to the target's jump (index + 1: all before it were evaluated in vain); the Service's
 * chain and its endpoints' chains, averaged over the draws that their counters tell; and POSTROUTING with what it leads to.
 * Only the first packet of a connection consults nat: `matchedPackets` equal to `connections`, whatever the number of requests, is the proof
 * (more: SYNs that were sent twice; fewer: connections that went elsewhere). Table filter is not in it.
 * Assumes rules that no sync rewrote in between (else it says so); a chain of no match before is taken as all zero.
 */
export function countRuleWalk({ before, after, target, connections, requests }: RuleWalkOptions): RuleWalkOutcome {
  const ruleIndex = after.positions.get(`${target.address}:${target.port}`);
  if (ruleIndex === undefined)
    return { kind: 'uncounted', why: `KUBE-SERVICES has no jump for ${target.address}:${target.port}` };
  const chains = new Map<string, readonly CountedRule[]>();
  for (const [chain, rules] of after.chains) {
    const grown = increases(before.chains.get(chain), rules);
    if (grown === null) return { kind: 'uncounted', why: `the chain ${chain} was rewritten between the two dumps` };
    chains.set(chain, grown);
  }
  const walks = new Walks(chains, policyIncreases(before, after));
  const jump = walks.rules('KUBE-SERVICES')[ruleIndex];
  const toServices = rulesToServices(walks, 'PREROUTING') ?? rulesToServices(walks, 'OUTPUT');
  if (jump === undefined || jump.packets === 0 || toServices === null) {
    return { kind: 'uncounted', why: `no packet matched the rule of ${target.id}` };
  }
  const rulesPerConnection =
    toServices + ruleIndex + 1 + walks.rulesPerPacket(jump.target ?? '') + walks.rulesPerPacket('POSTROUTING');
  const walk = {
    connections,
    requests,
    targetId: target.id,
    ruleIndex,
    rulesPerConnection,
    matchedPackets: jump.packets,
  };
  return { kind: 'counted', walk };
}
