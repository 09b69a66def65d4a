/** Elements, chains and rules in a listing of nft, counted line by line. */
export interface NftCounts {
  /** Elements of verdict maps: in kube-proxy's table one per ClusterIP port (and node port, and service without endpoints). */
  readonly mapElements: number;
  readonly chains: number;
  readonly rules: number;
}

const VERDICT = / : (?:goto|jump|accept|drop|return|continue|queue)\b/g;
const HEAD = /^\t(?:set|map|chain|flowtable|counter|quota|limit|ct \S+|secmark|synproxy) .*\{$/;
/** Lines inside a chain that are no rule: its hook, its comment, its end. */
const NO_RULE = /^\t\t(?:type \S+ hook |comment ")|^\s*$/;

/** Counts what `nft list table`, `nft list chains` or `nft list map` prints (nft's text, without -j). */
export class NftCounter {
  #inside: 'table' | 'map' | 'chain' | 'other' = 'table';
  #mapElements = 0;
  #chains = 0;
  #rules = 0;

  push(line: string): void {
    if (HEAD.test(line)) this.#enter(line);
    else if (line === '\t}') this.#inside = 'table';
    else if (this.#inside === 'map') this.#mapElements += line.match(VERDICT)?.length ?? 0;
    else if (this.#inside === 'chain' && !NO_RULE.test(line)) this.#rules += 1;
  }

  get counts(): NftCounts {
    return { mapElements: this.#mapElements, chains: this.#chains, rules: this.#rules };
  }

  #enter(line: string): void {
    if (line.startsWith('\tchain ')) {
      this.#chains += 1;
      this.#inside = 'chain';
    } else this.#inside = line.startsWith('\tmap ') ? 'map' : 'other';
  }
}
