import { chainOfRule, isRuleLine, isServiceJump, parseIptablesRule, serviceOfRule } from './rule.ts';
import { WholeLines } from './whole-lines.ts';

/** What one dump of iptables-save holds. */
export interface IptablesCounts {
  /** Rules (lines "-A") by table. */
  readonly rulesByTable: Readonly<Record<string, number>>;
  /** Jumps in nat's KUBE-SERVICES to a Service's chain: one per ClusterIP port (and per external address). */
  readonly serviceJumps: number;
  /** Rules in nat that lead to an endpoint: in every release one for each endpoint of each Service's port. */
  readonly endpointRules: number;
  /** What `serviceOfRule` says ("address:port" for TCP) → index (from 0) of its jump among all rules of the chain that a packet walks. */
  readonly positions: ReadonlyMap<string, number>;
}

/** Chains of nat whose order decides how far a packet walks: all modes but userspace, and userspace for packets from pods. */
const SERVICE_CHAINS = new Set(['KUBE-SERVICES', 'KUBE-PORTALS-CONTAINER']);

/**
 * Counts a dump of iptables-save (either flavour, with or without counters) line by line, in the memory of one number per Service.
 * A position counts every rule of the chain before it: versions before 1.21 had two per Service, of which the jump is the second.
 */
export class IptablesCounter {
  readonly #rulesByTable = new Map<string, number>();
  readonly #positions = new Map<string, number>();
  readonly #lengths = new Map<string, number>();
  readonly #lines = new WholeLines((line) => this.#takeLine(line));
  #table = '';
  #serviceJumps = 0;
  #endpointRules = 0;

  push(line: string): void {
    this.#lines.push(line);
  }

  get counts(): IptablesCounts {
    return {
      rulesByTable: Object.fromEntries(this.#rulesByTable),
      serviceJumps: this.#serviceJumps,
      endpointRules: this.#endpointRules,
      positions: this.#positions,
    };
  }

  #takeLine(line: string): void {
    if (isRuleLine(line)) this.#takeRule(line);
    else if (line.startsWith('*')) this.#startTable(line.slice(1).trim());
  }

  #startTable(table: string): void {
    this.#table = table;
    this.#rulesByTable.set(table, 0);
  }

  #takeRule(line: string): void {
    this.#rulesByTable.set(this.#table, (this.#rulesByTable.get(this.#table) ?? 0) + 1);
    if (this.#table !== 'nat') return;
    const chain = chainOfRule(line);
    if (chain.startsWith('KUBE-SEP-') && / -j DNAT /.test(line)) this.#endpointRules += 1;
    if (!SERVICE_CHAINS.has(chain)) return;
    const index = this.#lengths.get(chain) ?? 0;
    this.#lengths.set(chain, index + 1);
    const rule = parseIptablesRule(line);
    if (rule === null || !isServiceJump(rule)) return;
    this.#serviceJumps += 1;
    const service = serviceOfRule(line);
    if (service !== null && !this.#positions.has(service)) this.#positions.set(service, index);
  }
}
