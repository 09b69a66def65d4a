import { hasOpenQuote, isRuleLine } from './rule.ts';

/** What ends a table or starts one is never part of a rule. */
const BOUNDARY = /^(?:COMMIT$|\*)/;

/** Puts rules of iptables-save together that stand on several lines, because a comment of theirs has line breaks. */
export class WholeLines {
  readonly #onLine: (line: string) => void;
  #open: string | null = null;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(line: string): void {
    if (this.#open === null || BOUNDARY.test(line)) this.#take(line);
    else this.#take(`${this.#open}\n${line}`);
  }

  #take(text: string): void {
    this.#open = isRuleLine(text) && hasOpenQuote(text) ? text : null;
    if (this.#open === null) this.#onLine(text);
  }
}
