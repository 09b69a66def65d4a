import { mergeProxyErrors, type ProxyErrors } from '../../model/proxy-errors.ts';
import { isHarmless } from './harmless-lines.ts';
import type { KlogLine } from './klog.ts';

const LONGEST_EXAMPLE = 300;
const MOST_LINES = 40;
const SEVERITIES = { I: 'error', W: 'warning', E: 'error', F: 'fatal' } as const;

/** An entry that sounds like trouble, with its further lines. */
export interface TroubleEntry {
  readonly severity: ProxyErrors['severity'];
  readonly source: string;
  readonly message: string;
  /** Head and further lines, as logged, without the head's time. */
  readonly text: string;
  /** '' in versions that do not name it. */
  readonly family: string;
}

/** Errors and warnings, and what kube-proxy calls failed at the level of information. */
function isTrouble({ severity, message }: KlogLine): boolean {
  return severity !== 'I' || /^(?:Sync failed\b|Failed to |failed to )/.test(message);
}

/** Finds the entries of a log in klog's format that sound like trouble and are not known to be harmless, and counts them by the place that logged them. */
export class ErrorLines {
  readonly #hasSynced: (family: string) => boolean;
  readonly #onTrouble: (entry: TroubleEntry) => void;
  #open: { readonly head: KlogLine; readonly lines: string[] } | null = null;
  #kinds: readonly ProxyErrors[] = [];

  constructor(hasSynced: (family: string) => boolean, onTrouble: (entry: TroubleEntry) => void = () => {}) {
    this.#hasSynced = hasSynced;
    this.#onTrouble = onTrouble;
  }

  /** Takes one line and, where it is the head of an entry, what it says. */
  push(line: string, entry: KlogLine | null): void {
    if (entry === null) {
      this.#takeFurther(line);
      return;
    }
    this.close();
    if (isTrouble(entry)) this.#open = { head: entry, lines: [line.slice(line.indexOf('] ') + 2)] };
  }

  /** The kinds since the last call. */
  take(): readonly ProxyErrors[] {
    this.close();
    const kinds = this.#kinds;
    this.#kinds = [];
    return kinds;
  }

  /** What was logged up to now is whole: kube-proxy writes an entry at once. */
  close(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    const text = open.lines.join('\n');
    const family = /\bipFamily="?(IPv[46])/.exec(text)?.[1] ?? '';
    if (isHarmless(text, this.#hasSynced(family))) return;
    const { source, message } = open.head;
    const entry = { severity: SEVERITIES[open.head.severity], source, message, text, family };
    const example = text.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_EXAMPLE);
    this.#kinds = mergeProxyErrors([this.#kinds, [{ severity: entry.severity, source, count: 1, example }]]);
    this.#onTrouble(entry);
  }

  /** Further lines of an entry; a panic of Go has no head. */
  #takeFurther(line: string): void {
    if (/^(?:panic|fatal error): /.test(line)) {
      this.close();
      const head: KlogLine = { severity: 'F', atMs: 0, source: 'go', message: line, fields: {} };
      this.#open = { head, lines: [line] };
    } else if (this.#open !== null && this.#open.lines.length < MOST_LINES) this.#open.lines.push(line);
  }
}
