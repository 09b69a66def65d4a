import type { Sync } from '../model/counters.ts';
import { parseGoDurationMs } from './go-duration.ts';
import { type KlogClock, type KlogLine, parseKlogLine } from './klog.ts';

/**
 * What kube-proxy wrote last when it ends at its start: errors and what belongs to them, without stack dumps and usage text.
 * At most `limit` lines.
 */
export function decisiveLines(lines: readonly string[], limit = 5): readonly string[] {
  const dump = lines.findIndex((line) => /^goroutine \d+ \[/.test(line));
  const told = (dump < 0 ? lines : lines.slice(0, dump)).filter((line) => line.trim() !== '');
  const errors = told.filter((line, index) => isError(line) || isContinued(told, index));
  return (errors.length > 0 ? errors : told).slice(-limit);
}

function isError(line: string): boolean {
  return /^[EF]\d{4} |^Error: |^panic: |level=error|^fatal error: /.test(line);
}

/** klog writes a value of several lines as `key=<`, indented lines, and a line " >". */
function isContinued(lines: readonly string[], index: number): boolean {
  if (!/^(\t| >)/.test(lines[index] ?? '')) return false;
  const head = lines.slice(0, index).findLast((line) => !/^(\t| >)/.test(line));
  return head !== undefined && isError(head) && head.endsWith('=<');
}

type SyncEnd = { readonly family: string; readonly sync: Sync };

/** "syncProxyRules took 95ms" (up to 1.20, with "userspace" before it in that mode), "syncProxyRules complete" and "SyncProxyRules complete" elapsed=… (1.21 and later). */
function elapsedMs(line: KlogLine): number | null {
  const took = /^(?:userspace )?syncProxyRules took (\S+)$/.exec(line.message)?.[1];
  if (took !== undefined) return parseGoDurationMs(took);
  if (!/^syncProxyRules complete$/i.test(line.message)) return null;
  return parseGoDurationMs(line.fields.elapsed ?? '');
}

/** Full or partial, where the line that starts a sync tells it (`fullSync`, from 1.33); ipvs knows full ones only. */
function startedKind(line: KlogLine): Sync['kind'] | null {
  if (/^Syncing ipvs /i.test(line.message)) return 'full';
  if (!/^Syncing (iptables|nftables) rules$/.test(line.message)) return null;
  const { fullSync } = line.fields;
  if (fullSync === undefined) return 'unknown';
  return fullSync === 'true' ? 'full' : 'partial';
}

/**
 * Reads kube-proxy's log as it grows and keeps every sync. What must be logged: -v=2 for iptables and nftables, -v=4 for ipvs,
 * whose proxier tells the end of a sync only there (and its start at 3), and -v=2 with --vmodule=proxier=4 for userspace.
 * A node of both address families syncs each on its own; `family` says which are kept. Versions that do not name the
 * family in their lines (before 1.32) are kept whole.
 */
export class ProxyLog {
  readonly #family: string;
  readonly #zone: KlogClock['zone'];
  readonly #now: () => number;
  readonly #syncs: Sync[] = [];
  readonly #lastLines: string[] = [];
  readonly #startedKinds = new Map<string, Sync['kind']>();
  readonly #skipped = new Set<string>();
  #failures = 0;
  #endpointsTakenMs: number | null = null;

  constructor(options: {
    readonly family?: 'IPv4' | 'IPv6';
    readonly zone: KlogClock['zone'];
    readonly now: () => number;
  }) {
    this.#family = options.family ?? 'IPv4';
    this.#zone = options.zone;
    this.#now = options.now;
  }

  /** Syncs so far, in the order of their ends. */
  get syncs(): readonly Sync[] {
    return this.#syncs;
  }

  /** When userspace mode last took up endpoints, Unix ms; it does so between its syncs. `null` before the first, and in other modes. */
  get endpointsTakenMs(): number | null {
    return this.#endpointsTakenMs;
  }

  /** Syncs that kube-proxy itself called failed. */
  get failures(): number {
    return this.#failures;
  }

  /** The last lines that decide why it ended; see `decisiveLines`. */
  get decisiveLines(): readonly string[] {
    return decisiveLines(this.#lastLines);
  }

  /** Syncs that ended in [fromMs, toMs], Unix ms. */
  between(fromMs: number, toMs: number): readonly Sync[] {
    return this.#syncs.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  }

  /** Takes one line, without its line end. */
  push(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > 400) this.#lastLines.splice(0, 200);
    const entry = parseKlogLine(line, { zone: this.#zone, nearMs: this.#now() });
    if (entry === null) return;
    const end = this.#take(entry);
    if (end !== null && (end.family === '' || end.family === this.#family)) this.#syncs.push(end.sync);
  }

  #take(entry: KlogLine): SyncEnd | null {
    const family = entry.fields.ipFamily ?? '';
    if (/^Sync failed\b/.test(entry.message)) this.#failures += 1;
    if (/^LoadBalancerRR: (Setting|Removing) endpoints for /.test(entry.message)) this.#endpointsTakenMs = entry.atMs;
    // Up to 1.27 a call that found nothing to do yet also logged its "end": no sync.
    if (/^Not syncing /.test(entry.message)) this.#skipped.add(family);
    const kind = startedKind(entry);
    if (kind !== null) {
      this.#startedKinds.set(family, kind);
      this.#skipped.delete(family);
    }
    const durationMs = elapsedMs(entry);
    if (durationMs === null || this.#skipped.delete(family)) return null;
    return { family, sync: { atMs: entry.atMs, durationMs, kind: this.#startedKinds.get(family) ?? 'unknown' } };
  }
}
