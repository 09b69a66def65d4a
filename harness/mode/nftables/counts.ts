/** Elements, chains and rules of kube-proxy's table in a listing of nft, counted line by line. */
export interface NftCounts {
  /** Elements of the maps of Services: one per ClusterIP port (and external address, node port, and either without endpoints). */
  readonly mapElements: number;
  readonly chains: number;
  readonly rules: number;
}

/** kube-proxy's maps that hold an element per Service port, node port, or either without endpoints (1.29 to 1.36). Its other map, firewall-ips, repeats some of them. */
export const SERVICE_MAPS = ['service-ips', 'service-nodeports', 'no-endpoint-services', 'no-endpoint-nodeports'];

const VERDICT = / : (?:goto|jump|accept|drop|return|continue|queue)\b/g;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
/** With `nft -a` every head ends with "# handle 7"; a table that a program owns with "# progname …". */
const TABLE = /^table (?:(\S+) )?(\S+) \{(?: #.*)?$/;
const HEAD = /^\t(set|map|chain|flowtable|counter|quota|limit|ct \S+|secmark|synproxy|tunnel) (\S+) \{(?: #.*)?$/;
/** Lines inside a chain that are no rule: its hook, its comment, its end. */
const NO_RULE = /^\t\t(?:type \S+ hook |comment ")|^\s*$/;

/**
 * Counts what `nft list table`, `nft list chains`, `nft list map` or `nft list ruleset` prints (nft's text, without -j). Tables of others count for nothing, and neither
 * do kube-proxy's own of another address family.
 */
export class NftCounter {
  readonly #family: string;
  #isOurs = true;
  #inside: 'table' | 'map' | 'chain' | 'other' = 'table';
  #mapElements = 0;
  #chains = 0;
  #rules = 0;

  constructor(family: 'ip' | 'ip6' = 'ip') {
    this.#family = family;
  }

  push(line: string): void {
    if (line.startsWith('table ')) this.#enterTable(line);
    else if (!this.#isOurs) return;
    else if (line.startsWith('\t\t')) this.#takeContent(line);
    else if (line === '\t}') this.#inside = 'table';
    else this.#enter(line);
  }

  get counts(): NftCounts {
    return { mapElements: this.#mapElements, chains: this.#chains, rules: this.#rules };
  }

  /** nft leaves the family out of nothing, people do: it is ip then. */
  #enterTable(line: string): void {
    const [, family = 'ip', name] = TABLE.exec(line) ?? [];
    this.#isOurs = name === 'kube-proxy' && family === this.#family;
    this.#inside = 'table';
  }

  #enter(line: string): void {
    const [, kind, name = ''] = HEAD.exec(line) ?? [];
    if (kind === undefined) return;
    if (kind === 'chain') {
      this.#chains += 1;
      this.#inside = 'chain';
    } else this.#inside = kind === 'map' && SERVICE_MAPS.includes(name) ? 'map' : 'other';
  }

  #takeContent(line: string): void {
    if (this.#inside === 'map') this.#mapElements += line.replaceAll(QUOTED, '""').match(VERDICT)?.length ?? 0;
    else if (this.#inside === 'chain' && !NO_RULE.test(line)) this.#rules += 1;
  }
}
