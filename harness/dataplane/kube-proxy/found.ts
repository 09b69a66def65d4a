import { EnvironmentError } from '../../errors.ts';
import type { Sync } from '../../model/counters.ts';
import { mergeProxyErrors, type ProxyErrors } from '../../model/proxy-errors.ts';
import { compareCountedErrors, hasRestarted } from './counted-errors.ts';
import { describeUnsettled, type ProxyMetrics, parseProxyMetrics } from './metrics.ts';
import type { ProxyPodLog } from './pod-log.ts';
import { SettledState } from './settled-state.ts';
import { type SyncHabit, watchSyncs } from './sync-habit.ts';

/** So many trials with a sync that nobody asked for, and so large a part of all, are a habit that comes and goes too slowly to be seen before. */
const HABIT_TRIALS = { least: 3, share: 1 / 3 };

/** How kube-proxy's pages on a node are reached: /metrics, /proxyMode, /configz. Rejects when they are not. */
export type FetchProxyPage = (path: string, signal: AbortSignal) => Promise<string>;

/** kube-proxy on a node that the harness did not start: all that is known of it, its pages and its log say. */
export class NodeProxy {
  readonly #fetch: FetchProxyPage;
  readonly #signal: AbortSignal;
  readonly #syncs: Sync[] = [];
  readonly #settled = new SettledState();
  #last: ProxyMetrics | null = null;
  #errors: readonly ProxyErrors[] = [];
  #habit: SyncHabit | null = null;
  #trials = { all: 0, withSyncs: 0 };
  /** `kubernetes_build_info` of its own metrics, without the "v"; `null` until asked, and where it does not tell. */
  version: string | null = null;
  /** `null` where it cannot be read. */
  log: ProxyPodLog | null = null;

  constructor(fetch: FetchProxyPage, signal: AbortSignal) {
    this.#fetch = fetch;
    this.#signal = signal;
  }

  /** Reads /metrics and notes the syncs since the last reading. Their count is exact; of several between two readings only the last one's time is. */
  async metrics(): Promise<ProxyMetrics> {
    const text = await this.#fetch('/metrics', this.#signal);
    const metrics = parseProxyMetrics(text);
    this.version ??= /^kubernetes_build_info\{[^}]*git_?[vV]ersion="v?([^"]+)"/m.exec(text)?.[1] ?? null;
    this.#note(metrics);
    this.#last = metrics;
    return metrics;
  }

  /** The last reading, without asking. */
  get lastMetrics(): ProxyMetrics | null {
    return this.#last;
  }

  async unsettled(lastChangeMs: number): Promise<string | null> {
    const metrics = await this.metrics();
    if (this.#settled.holds(metrics, lastChangeMs)) return null;
    const why = describeUnsettled(metrics, lastChangeMs);
    if (why !== null) return this.#hasTakenUp(lastChangeMs) ? null : why;
    this.#settled.note(metrics, lastChangeMs);
    return null;
  }

  /** Where kube-proxy never rests something of others is always pending: of two syncs that ended after a change, one began after it. */
  #hasTakenUp(lastChangeMs: number): boolean {
    if (!this.syncsByItself) return false;
    return lastChangeMs === 0 || this.syncsBetween(lastChangeMs, Number.POSITIVE_INFINITY).length >= 2;
  }

  /** Looks on until it rests, before anything of ours is written; what it does by itself is its habit from then on. */
  async findHabit(): Promise<SyncHabit | null> {
    this.#habit = await watchSyncs({ read: () => this.metrics().catch(() => null) });
    this.#signal.throwIfAborted();
    return this.#habit;
  }

  get habit(): SyncHabit | null {
    return this.#habit;
  }

  /** A trial has ended, in which so many syncs were that nobody asked for. */
  noteTrial(syncs: number): void {
    this.#trials = { all: this.#trials.all + 1, withSyncs: this.#trials.withSyncs + (syncs > 0 ? 1 : 0) };
  }

  /** It synchronises without a change of ours, as was seen before the first trial or in the trials. */
  get syncsByItself(): boolean {
    const { all, withSyncs } = this.#trials;
    return this.#habit !== null || (withSyncs >= HABIT_TRIALS.least && withSyncs >= all * HABIT_TRIALS.share);
  }

  async mode(): Promise<string> {
    return (await this.#fetch('/proxyMode', this.#signal)).trim();
  }

  /** The effective configuration, JSON; `null` when this version has no such page. */
  async configz(): Promise<string | null> {
    const text = await this.#fetch('/configz', this.#signal).catch(() => null);
    return text?.startsWith('{') === true ? text : null;
  }

  /** Failures in its counters and its log since the last call, up to the last reading. The counters count what the log names once more: where there is a log, only a restart is taken from the counters. */
  takeErrors(): readonly ProxyErrors[] {
    const counted = this.#errors;
    this.#errors = [];
    if (this.log === null) return counted;
    const restarts = counted.filter(({ severity }) => severity === 'fatal');
    return mergeProxyErrors([restarts, this.log.takeErrors()]);
  }

  syncsBetween(fromMs: number, toMs: number): readonly Sync[] {
    return this.#syncs.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  }

  #note(metrics: ProxyMetrics): void {
    const before = this.#last;
    if (before === null) return;
    this.#errors = mergeProxyErrors([this.#errors, compareCountedErrors(before, metrics)]);
    this.#noteSyncs(hasRestarted(before, metrics) ? null : before, metrics);
  }

  #noteSyncs(before: ProxyMetrics | null, metrics: ProxyMetrics): void {
    if (metrics.lastSyncMs === null) return;
    const count = (metrics.syncCount ?? 0) - (before?.syncCount ?? 0);
    if (count <= 0) return;
    const totalMs = (metrics.syncSumMs ?? 0) - (before?.syncSumMs ?? 0);
    const kind = (metrics.fullSyncCount ?? 0) > (before?.fullSyncCount ?? 0) ? 'full' : 'unknown';
    for (let each = 0; each < count; each += 1)
      this.#syncs.push({ atMs: metrics.lastSyncMs, durationMs: totalMs / count, kind });
  }
}

/** The mode word of an asked-for routing must be what runs: believe /proxyMode, not the configuration. */
export function requireProxyMode(asked: string, running: string, where: string): void {
  if (asked === running) return;
  throw new EnvironmentError(
    `kube-proxy on ${where} was asked for ${asked} mode and runs ${running}`,
    'run "npm run doctor": it says what this kernel lacks for that mode (kube-proxy up to 1.20 falls back silently)',
  );
}
