import { type IptablesRule, isServiceJump, parseIptablesRule, serviceOfRule } from './rule.ts';
import { WholeLines } from './whole-lines.ts';

export interface CountedRule {
  readonly packets: number;
  readonly target: string | null;
  readonly goto: boolean;
}

/** Packet counters of one table's chains that any packet went through. */
export interface CounterDump {
  /** Rules in the chain's order; chains of which no rule ever matched are left out. */
  readonly chains: ReadonlyMap<string, readonly CountedRule[]>;
  /** Packets that reached a built-in chain's end and got its policy. iptables-nft keeps no such count: 0. */
  readonly policies: ReadonlyMap<string, number>;
  /** The Services asked for ("address:port" for TCP, as `serviceOfRule` says) → index of their jump in KUBE-SERVICES. */
  readonly positions: ReadonlyMap<string, number>;
}

const CHAIN = /^:(\S+) (?:ACCEPT|DROP) \[(\d+):/;

/**
 * Reads `iptables-save -c` of table nat line by line. Of 110,000 chains only those stay in memory that a packet has matched in, and KUBE-SERVICES:
 * iptables-save writes a chain's rules one after another, so a chain is judged when the next begins.
 */
export class CounterReader {
  readonly #services: ReadonlySet<string>;
  readonly #chains = new Map<string, readonly CountedRule[]>();
  readonly #policies = new Map<string, number>();
  readonly #positions = new Map<string, number>();
  readonly #lines = new WholeLines((line) => this.#takeLine(line));
  #table = 'nat';
  #chain = '';
  #rules: CountedRule[] = [];

  constructor(services: Iterable<string>) {
    this.#services = new Set(services);
  }

  push(line: string): void {
    this.#lines.push(line);
  }

  /** What was read; ends the reading. */
  finish(): CounterDump {
    this.#closeChain();
    return { chains: this.#chains, policies: this.#policies, positions: this.#positions };
  }

  #takeLine(line: string): void {
    if (line.startsWith('*')) this.#table = line.slice(1).trim();
    else if (this.#table !== 'nat') return;
    else if (line.startsWith(':')) this.#takePolicy(line);
    else {
      const rule = parseIptablesRule(line);
      if (rule !== null) this.#takeRule(rule, line);
    }
  }

  #takePolicy(line: string): void {
    const match = CHAIN.exec(line);
    if (match !== null) this.#policies.set(match[1] ?? '', Number(match[2]));
  }

  #takeRule(rule: IptablesRule, line: string): void {
    if (rule.packets === null)
      throw new Error(`a dump without counters (iptables-save needs -c): ${line.slice(0, 120)}`);
    if (rule.chain !== this.#chain) this.#closeChain();
    this.#chain = rule.chain;
    if (rule.chain === 'KUBE-SERVICES' && isServiceJump(rule)) this.#takePosition(serviceOfRule(line));
    this.#rules.push({ packets: rule.packets, target: rule.target, goto: rule.goto });
  }

  /** The first jump is the one that a packet takes. */
  #takePosition(service: string | null): void {
    if (service === null || !this.#services.has(service) || this.#positions.has(service)) return;
    this.#positions.set(service, this.#rules.length);
  }

  #closeChain(): void {
    const used = this.#chain === 'KUBE-SERVICES' || this.#rules.some(({ packets }) => packets > 0);
    if (this.#chain !== '' && used) this.#chains.set(this.#chain, this.#rules);
    this.#rules = [];
  }
}
