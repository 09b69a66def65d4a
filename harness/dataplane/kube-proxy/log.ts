import type { Sync } from '../../model/counters.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import { ErrorLines, type TroubleEntry } from './error-lines.ts';
import { parseGoDurationMs } from './go-duration.ts';
import { type KlogLine, parseKlogLine } from './klog.ts';

/**
 * What kube-proxy wrote last when it ends at its start: errors and what belongs to them, without stack dumps and usage text.
 * At most `limit` lines.
 */
export function decisiveLines(lines: readonly string[], limit = 5): readonly string[] {
  const dump = lines.findIndex((line) => /^goroutine \d+ \[/.test(line));
  const told = (dump < 0 ? lines : lines.slice(0, dump)).filter((line) => line.trim() !== '');
  const errors = told.filter((line, index) => isError(line) || isContinued(told, index));
  const last = (errors.length > 0 ? errors : told).slice(-limit);
  // What is left of an entry that was cut says nothing without its head.
  const head = last.findIndex((line) => !isFurther(line));
  return last.slice(Math.max(0, head));
}

function isFurther(line: string): boolean {
  return /^(\t| >)/.test(line);
}

function isError(line: string): boolean {
  return /^[EF]\d{4} |^Error: |^panic: |level=error|^fatal error: /.test(line);
}

/** klog writes a value of several lines as `key=<`, indented lines, and a line " >". */
function isContinued(lines: readonly string[], index: number): boolean {
  if (!isFurther(lines[index] ?? '')) return false;
  const head = lines.slice(0, index).findLast((line) => !isFurther(line));
  return head !== undefined && isError(head) && head.endsWith('=<');
}

/** Messages of all modes (nftables, iptables, ipvs) that say it: stale chains and elements stay for good then. */
const UNREADABLE =
  /^Failed to list (?:existing )?nftables |^Unable to delete stale chains|^Failed to execute iptables-save|^Failed to list ip set entries/;

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
  readonly #now: () => number;
  readonly #syncs: Sync[] = [];
  readonly #lastLines: string[] = [];
  readonly #startedKinds = new Map<string, Sync['kind']>();
  readonly #skipped = new Set<string>();
  readonly #ends = new Map<string, number>();
  readonly #failing = new Set<string>();
  readonly #errors = new ErrorLines(
    (family) => this.#hasSynced(family),
    (entry) => this.#takeTrouble(entry),
  );
  #failures = 0;
  #unreadable = 0;
  #unreadableInSync = 0;
  #endpointsTakenMs: number | null = null;

  constructor(options: {
    readonly family?: 'IPv4' | 'IPv6';
    readonly now: () => number;
  }) {
    this.#family = options.family ?? 'IPv4';
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

  /** Syncs that kube-proxy itself called failed, one after the other up to now. */
  get failuresInARow(): number {
    return this.#failures;
  }

  /** How often it could not read its own rules back since a sync that could; without reading them it never takes away what is stale. */
  get unreadable(): number {
    this.#errors.close();
    return this.#unreadable;
  }

  /** What it complained of since the last call. */
  takeErrors(): readonly ProxyErrors[] {
    return this.#errors.take();
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
    const entry = parseKlogLine(line, { nearMs: this.#now() });
    this.#errors.push(line, entry);
    if (entry === null) return;
    const end = this.#take(entry);
    if (end !== null && this.#isMeasured(end.family)) this.#syncs.push(end.sync);
  }

  #isMeasured(family: string): boolean {
    return family === '' || family === this.#family;
  }

  /** Without their names, both families' first syncs must have ended. */
  #hasSynced(family: string): boolean {
    return (this.#ends.get(family) ?? 0) >= (family === '' ? 2 : 1);
  }

  #takeTrouble({ message, family }: TroubleEntry): void {
    if (!UNREADABLE.test(message) || !this.#isMeasured(family)) return;
    this.#unreadable += 1;
    this.#unreadableInSync += 1;
  }

  #take(entry: KlogLine): SyncEnd | null {
    const family = entry.fields.ipFamily ?? '';
    if (/^Sync failed\b/.test(entry.message)) this.#noteFailure(family);
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
    this.#noteEnd(family);
    return { family, sync: { atMs: entry.atMs, durationMs, kind: this.#startedKinds.get(family) ?? 'unknown' } };
  }

  /** Failures of the other address family are reported with the rest of the log, and stop nothing: a host may have no IPv6. */
  #noteFailure(family: string): void {
    this.#failing.add(family);
    if (this.#isMeasured(family)) this.#failures += 1;
  }

  /** A sync that failed logs its end too, after the failure. */
  #noteEnd(family: string): void {
    if (this.#isMeasured(family)) {
      if (this.#unreadableInSync === 0) this.#unreadable = 0;
      this.#unreadableInSync = 0;
    }
    if (this.#failing.delete(family)) return;
    this.#ends.set(family, (this.#ends.get(family) ?? 0) + 1);
    if (this.#isMeasured(family)) this.#failures = 0;
  }
}
